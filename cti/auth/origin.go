package auth

import "net/http"

// Origins are the exact origins (scheme://host[:port]) of our own pages.
type Origins map[string]bool

// NewOrigins makes the set.
func NewOrigins(origins ...string) Origins {
	set := Origins{}
	for _, origin := range origins {
		set[origin] = true
	}
	return set
}

// Allowed tells whether the request names exactly one Origin and it is ours. Browsers send it with
// every websocket handshake and every request that changes something.
func (o Origins) Allowed(r *http.Request) bool {
	values := r.Header.Values("Origin")
	return len(values) == 1 && o[values[0]]
}
