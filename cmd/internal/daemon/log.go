package daemon

import (
	"io"
	"log/slog"
	"strings"
)

// NewLog writes text lines with callers' numbers masked.
func NewLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: maskNumbers}))
}

func maskNumbers(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case "from", "number", "caller":
		return slog.String(a.Key, mask(a.Value.String()))
	default:
		return a
	}
}

// mask leaves the first three and the last two characters of a number.
func mask(number string) string {
	if len(number) <= 5 {
		return strings.Repeat("*", len(number))
	}
	return number[:3] + strings.Repeat("*", len(number)-5) + number[len(number)-2:]
}
