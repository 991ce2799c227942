package flow

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// Mistake is one that Seal finds in a field of a node.
type Mistake struct{ Field, Text string }

// Seal reads the path and the body, and looks which exit a good answer has. What is wrong
// with them is told by Mistake.
func (x *HTTP) Seal(f *Flow) {
	x.good = "next"
	for _, n := range f.Nodes {
		if n.Spec == x && !n.Exits["ok"].Zero() {
			x.good = "ok"
		}
	}
	field, path := "get", x.Get
	for _, other := range [][2]string{{"post", x.Post}, {"put", x.Put}} {
		if path == "" && other[1] != "" {
			field, path = other[0], other[1]
		}
	}
	x.method = strings.ToUpper(field)
	var pathErr, bodyErr error
	x.path, pathErr = parseForm(path, false)
	x.body, bodyErr = parseForm(x.Body, true)
	x.mistake = x.inPath(field, path, pathErr)
	if x.mistake == (Mistake{}) {
		x.mistake = x.inRest(bodyErr)
	}
}

// inPath looks at the path.
func (x *HTTP) inPath(field, path string, err error) Mistake {
	segments, _, _ := strings.Cut(path, "?")
	steps := strings.Split(segments, "/")
	switch {
	case len(strings.Join([]string{x.Get, x.Post, x.Put}, "")) != len(path) || path == "":
		return Mistake{field, "one of get, post and put is wanted"}
	case err != nil:
		return Mistake{field, err.Error()}
	case !strings.HasPrefix(path, "/"):
		return Mistake{field, "a path begins with a slash"}
	case strings.ContainsAny(path, "#\\ ") || strings.ContainsFunc(path, unicode.IsControl):
		return Mistake{field, "a path has no #, backslash or space"}
	case slices.Contains(steps, ".") || slices.Contains(steps, ".."):
		return Mistake{field, "a path does not lead upwards"}
	}
	return Mistake{}
}

// inRest looks at the body and the results.
func (x *HTTP) inRest(err error) Mistake {
	_, clash := x.Read[statusField]
	switch {
	case x.Body != "" && x.Get != "":
		return Mistake{"body", "get has no body"}
	case err != nil || x.Body != "" && !sampleIsJSON(x.body):
		return Mistake{"body", "the body is no JSON"}
	case clash:
		return Mistake{"read", `"status" is the status of the answer already`}
	}
	return Mistake{}
}

// sampleIsJSON tries a body with other values in its blanks.
func sampleIsJSON(f form) bool {
	sample, err := f.fill(func(p part) (string, error) {
		if p.quoted {
			return "x", nil
		}
		return "0", nil
	})
	return err == nil && json.Valid([]byte(sample))
}

// Mistake gives what Seal found wrong; false when it is nothing.
func (x *HTTP) Mistake() (Mistake, bool) { return x.mistake, x.mistake != Mistake{} }

// Blanks gives the names in path and body, in their order, once Seal was called.
func (x *HTTP) Blanks() []Blank {
	return slices.Concat(x.path.blanks(strings.ToLower(x.method)), x.body.blanks("body"))
}
