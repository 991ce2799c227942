package flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxReplyDepth is how deep objects and lists of an answer may lie in one another.
const maxReplyDepth = 64

// Var gives the variable that holds this result. Its default stands in for a value that
// the answer leaves out.
func (x Reading) Var() Var { return Var{Type: VarType(x.Type), Of: x.Of, Default: x.Default} }

// readReply gives the text of every result. What the answer leaves out, or gives as null,
// has its default, or else is unset. Anything of another type is an error.
func readReply(body []byte, readings map[string]Reading) (map[string]string, error) {
	if len(readings) == 0 {
		return nil, nil
	}
	reply, err := parseReply(body)
	if err != nil {
		return nil, err
	}
	results := make(map[string]string, len(readings))
	for _, name := range slices.Sorted(maps.Keys(readings)) {
		reading := readings[name]
		value, err := valueAt(reply, reading.Path)
		if err == nil {
			results[name], err = reading.text(value)
		}
		if err != nil {
			return nil, fmt.Errorf("%s at %q: %w", name, reading.Path, err)
		}
	}
	return results, nil
}

// parseReply reads one JSON value with its numbers as written.
func parseReply(body []byte) (any, error) {
	if len(body) > MaxReply {
		return nil, fmt.Errorf("answer longer than %d bytes", MaxReply)
	}
	if depthOf(body) > maxReplyDepth {
		return nil, fmt.Errorf("answer deeper than %d", maxReplyDepth)
	}
	var reply any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&reply); err != nil {
		return nil, fmt.Errorf("answer is not JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("answer is not JSON: something follows it")
	}
	return reply, nil
}

// depthOf gives how deep brackets lie in one another outside of strings.
func depthOf(body []byte) int {
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// valueAt follows a path into an answer; nil is a value that is not there.
func valueAt(reply any, path string) (any, error) {
	if path == "" {
		return reply, nil
	}
	for _, step := range strings.Split(path, ".") {
		switch level := reply.(type) {
		case nil:
			return nil, nil
		case map[string]any:
			reply = level[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 {
				return nil, fmt.Errorf("a list has no %q", step)
			}
			if reply = nil; i < len(level) {
				reply = level[i]
			}
		default:
			return nil, fmt.Errorf("nothing lies below a value at %q", step)
		}
	}
	return reply, nil
}

// text gives what a variable keeps of a JSON value. Numbers serve as texts too, for many
// services write numbers of cases as such; nothing else changes its type.
func (x Reading) text(value any) (string, error) {
	v := x.Var()
	if value == nil {
		return x.Default, nil
	}
	var text string
	fits := false
	switch value := value.(type) {
	case string:
		text, fits = value, v.Type != Int && v.Type != Bool && v.Type != Money && v.Type != List
	case json.Number:
		text, fits = value.String(), v.Type == Int || v.Type == Money || v.Type.TextLike()
	case bool:
		text, fits = strconv.FormatBool(value), v.Type == Bool
	case []any:
		fits = v.Type == List
		return listText(v, value, fits)
	}
	if !fits || v.Type == Voice {
		return "", fmt.Errorf("%T is not a %s", value, v.Type)
	}
	if text == "" && (v.Type == Enum || !v.Type.TextLike()) {
		return "", fmt.Errorf("an empty text is not a %s", v.Type)
	}
	if text, err := v.write(text); err == nil {
		return text, nil
	}
	return "", fmt.Errorf("the text is not a %s", v.Type) // and not shown: it may be personal
}

func listText(v Var, list []any, fits bool) (string, error) {
	for _, entry := range list {
		if _, text := entry.(string); !text {
			fits = false
		}
	}
	if !fits {
		return "", fmt.Errorf("a list is not a %s, or not one of texts", v.Type)
	}
	return v.write(list)
}
