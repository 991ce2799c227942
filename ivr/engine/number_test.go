package engine

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"talian/ivr/asterisk"
)

// arriving is a channel with a caller's number, as Asterisk shows it.
func arriving(t *testing.T, name, number string) (ch asterisk.Channel) {
	t.Helper()
	shown, err := json.Marshal(map[string]any{"name": name, "caller": map[string]string{"number": number}})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(shown, &ch); err != nil {
		t.Fatal(err)
	}
	return ch
}

func TestCallerNumber(t *testing.T) {
	const trunk = "PJSIP/trunk-00000001"
	old, allowed := []string{"0380008000", "0"}, []string{"0380008000", "0", "allowed_passed_screen"}
	for _, tt := range []struct {
		channel, sent string
		args          []string
		want          string
	}{
		{trunk, "0123456789", allowed, "0123456789"},
		{trunk, "+60123456789", allowed, "0123456789"},
		{trunk, "60123456789", allowed, "0123456789"},
		{trunk, "+601112345678", allowed, "01112345678"},
		{trunk, "60380008000", allowed, "0380008000"},
		{trunk, "+6088123456", allowed, "088123456"},
		{trunk, "60123456", allowed, "60123456"}, // no length of a Malaysian number
		{trunk, "+6512345678", allowed, "+6512345678"},
		{trunk, "+442079460000", allowed, "+442079460000"},
		{trunk, "999", allowed, "999"},
		{trunk, "+123456789012345", allowed, "+123456789012345"},
		{trunk, "+1234567890123456", allowed, ""},
		{trunk, strings.Repeat("1", 79), allowed, ""},
		{trunk, "", allowed, ""},
		{trunk, "+", allowed, ""},
		{trunk, "++60123456789", allowed, ""},
		{trunk, "60+123456789", allowed, ""},
		{trunk, "anonymous", allowed, ""},
		{trunk, "Restricted", allowed, ""},
		{trunk, "<img src=x>", allowed, ""},
		{trunk, "0123456789\r\n", allowed, ""},
		{trunk, "٠١٢٣٤٥٦٧٨٩", allowed, ""},
		{trunk, "+60123456789", old, "0123456789"},
		{trunk, "+60123456789", nil, "0123456789"},
		{trunk, "+60123456789", []string{"0380008000", "0", "unavailable"}, "0123456789"},
		{trunk, "+60123456789", []string{"0380008000", "0", "prohib"}, ""},
		{trunk, "+60123456789", []string{"0380008000", "0", "prohib_passed_screen"}, ""},
		{"PJSIP/guest-4711-00000002", "anonymous", allowed, "web"},
	} {
		if got := callerNumber(arriving(t, tt.channel, tt.sent), tt.args); got != tt.want {
			t.Errorf("%q with %q: %q, want %q", tt.sent, tt.args, got, tt.want)
		}
	}
	if got := callerNumber(asterisk.Channel{}, nil); got != "" {
		t.Errorf("no caller: %q", got)
	}
}

// FuzzCallerNumber: whatever a trunk sends, a number comes out or nothing, and it is in its
// one form.
func FuzzCallerNumber(f *testing.F) {
	for _, number := range []string{"", "+", "0123456789", "+60123456789", "60123456789", "+6512345678", "Restricted", "1\r\n"} {
		f.Add(number)
	}
	form := regexp.MustCompile(`^(\+?[0-9]{1,15})?$`)
	f.Fuzz(func(t *testing.T, sent string) {
		got := callerNumber(arriving(t, "PJSIP/trunk-1", sent), nil)
		if !form.MatchString(got) || strings.HasSuffix(got, "\n") {
			t.Errorf("%q: %q", sent, got)
		}
		if again := callerNumber(arriving(t, "PJSIP/trunk-1", got), nil); again != got {
			t.Errorf("%q: %q, then %q", sent, got, again)
		}
	})
}
