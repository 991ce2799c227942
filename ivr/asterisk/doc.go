// Package asterisk is the only one that knows Asterisk. It speaks ARI: requests by HTTP
// on a pool of connections, each with a deadline; events by one websocket whose reader
// does nothing but append to a queue without bound, because Asterisk cuts off a reader
// that is slow.
//
// Order: Next gives notices in the order in which Asterisk sent the events. An answer to
// a request may overtake the events it causes, or follow them: ids of channels,
// playbacks, bridges and recordings are therefore chosen by us before the request.
//
// Promise: a request returns within its deadline; Next never loses an event while the
// websocket is up, and says so (Down, then Up) when it was not.
//
// Resource types come from github.com/CyCoreSystems/ari/v5. Its client is not used: it
// panics on event types that it does not know and drops events when 100 are waiting.
package asterisk
