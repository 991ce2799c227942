package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Blank is a {name} in the path or the body of an http node, filled when the service is
// asked.
type Blank struct {
	Field string // get, post, put or body
	Name  string // as Flow.Named knows it
	Col   int    // of the brace, in bytes from 0
}

// Named gives the type of what a blank names: a variable, the choice of a menu as in
// main.choice, the result of an http node as in status.state, lang, call.id, call.from or
// call.to. It is false for every other name.
func (f *Flow) Named(name string) (Var, bool) {
	switch name {
	case "lang", "call.id", "call.from", "call.to":
		return Var{Type: Text}, true
	}
	if v, declared := f.Vars[name]; declared {
		return v, true
	}
	id, field, _ := strings.Cut(name, ".")
	n := f.Nodes[id]
	if n == nil {
		return Var{}, false
	}
	if asked, isHTTP := n.Spec.(*HTTP); isHTTP {
		if field == statusField {
			return Var{Type: Int}, true
		}
		reading, read := asked.Read[field]
		return Var{Type: VarType(reading.Type), Of: reading.Of}, read
	}
	return Var{Type: Text}, field == "choice" && n.chooses()
}

// blank gives the text of what a blank names; "" when it is unset.
func (r *run) blank(name string) (string, Var, error) {
	v, known := r.flow().Named(name)
	if !known {
		return "", v, fmt.Errorf("unknown name {%s}", name)
	}
	switch name {
	case "lang":
		return r.s.Lang, v, nil
	case "call.id":
		return string(r.s.Call.ID), v, nil
	case "call.from":
		return r.s.Call.From, v, nil
	case "call.to":
		return r.s.Call.To, v, nil
	}
	id, field, below := strings.Cut(name, ".")
	if below && field != "choice" {
		id = result(id, field)
	}
	if text := r.s.Vars[r.s.Flow+"."+id]; text != "" {
		return text, v, nil
	}
	return v.Default, v, nil
}

// form is a text with blanks.
type form []part

// part is a run of text and the blank behind it.
type part struct {
	text   string
	name   string // "" = none, at the end
	quoted bool   // the blank stands inside a JSON string
	col    int
}

//nolint:gochecknoglobals // a constant, which Go has no form for
var blankForm = regexp.MustCompile(`^\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)\}`)

// parseForm finds the blanks of a path or, when it is JSON, of a body. In a body other
// braces are as they are.
func parseForm(text string, isJSON bool) (form, error) {
	var parts form
	from, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case isJSON && quoted && c == '\\':
			i++
		case isJSON && c == '"':
			quoted = !quoted
		case c == '{':
			found := blankForm.FindStringSubmatch(text[i:])
			if found != nil {
				parts = append(parts, part{text: text[from:i], name: found[1], quoted: quoted, col: i})
				from = i + len(found[0])
				i = from - 1
			} else if !isJSON {
				return nil, fmt.Errorf("the brace at %d holds no name", i+1)
			}
		case c == '}' && !isJSON:
			return nil, fmt.Errorf("the brace at %d closes nothing", i+1)
		}
	}
	return append(parts, part{text: text[from:]}), nil
}

// blanks lists the blanks of a field.
func (f form) blanks(field string) []Blank {
	var all []Blank
	for _, p := range f {
		if p.name != "" {
			all = append(all, Blank{Field: field, Name: p.name, Col: p.col})
		}
	}
	return all
}

// fill writes the form with the values of its blanks, each as write gives it.
func (f form) fill(value func(p part) (string, error)) (string, error) {
	var b strings.Builder
	for _, p := range f {
		b.WriteString(p.text)
		if p.name == "" {
			continue
		}
		text, err := value(p)
		if err != nil {
			return "", fmt.Errorf("{%s}: %w", p.name, err)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// address fills a path: every value is one segment, or one value of the query, whatever
// is in it.
func (r *run) address(f form) (string, error) {
	path, err := f.fill(func(p part) (string, error) {
		text, _, err := r.blank(p.name)
		if err == nil && text == "" {
			err = errUnset
		}
		return escape(text), err
	})
	if err != nil {
		return "", err
	}
	segments, _, _ := strings.Cut(path, "?")
	for _, segment := range strings.Split(segments, "/") {
		if segment == "." || segment == ".." {
			return "", errors.New("the path leads elsewhere")
		}
	}
	return path, nil
}

var errUnset = errors.New("has no value") //nolint:gochecknoglobals // a constant error

// escape writes everything but letters, digits and - _ . ~ in percent form (RFC 3986,
// section 2), which is right in a path as in a query.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// body fills a JSON body. A blank inside a string becomes part of it; one outside becomes
// a value of its own: a number, true or false, a list, a text, or null when it is unset.
func (r *run) body(f form) (string, error) {
	body, err := f.fill(func(p part) (string, error) {
		text, v, err := r.blank(p.name)
		if err != nil {
			return "", err
		}
		if p.quoted {
			return inString(text)
		}
		return asJSON(v, text)
	})
	if err == nil && !json.Valid([]byte(body)) {
		err = errors.New("the body is no JSON")
	}
	return body, err
}

func inString(text string) (string, error) {
	quoted, err := json.Marshal(text)
	if err != nil {
		return "", fmt.Errorf("as JSON: %w", err)
	}
	return string(quoted[1 : len(quoted)-1]), nil
}

func asJSON(v Var, text string) (string, error) {
	var value any = text
	var err error
	switch {
	case text == "" && !v.Type.TextLike():
		return "null", nil
	case v.Type == Int || v.Type == Bool || v.Type == Money || v.Type == List:
		value, err = v.Read(text)
	}
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("as JSON: %w", err)
	}
	return string(b), nil
}
