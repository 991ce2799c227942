package layout

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
)

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// deep writes a value with what its pointers point to; what is not exported stays out.
func deep(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func withoutPlaces(text string) string {
	return regexp.MustCompile(`line \d+( column \d+)?|\d+:\d+`).ReplaceAllString(text, "")
}
