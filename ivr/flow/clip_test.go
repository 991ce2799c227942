package flow_test

import (
	"testing"
	"time"

	"talian/ivr/flow"
)

func TestClipAsText(t *testing.T) {
	t.Parallel()
	clip := flow.Clip{Recording: 7, Length: 12 * time.Second}
	if got, err := flow.ParseClip(clip.String()); err != nil || got != clip || clip.String() != "7:12000" {
		t.Fatal(clip, got, err)
	}
	if none, err := flow.ParseClip(""); err != nil || none != (flow.Clip{}) {
		t.Fatal(none, err)
	}
	for _, text := range []string{"7", "7:", ":1", "0:1", "-1:1", "7:-1", "7:1:1", "x:1", "7:x", " 7:1"} {
		if got, err := flow.ParseClip(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
