package flow

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Clip is what a caller said: the value of a variable of type recording.
type Clip struct {
	Recording int // Record.ID
	Length    time.Duration
}

// String writes the clip as a variable holds it, for example "7:12000": recording and
// milliseconds.
func (c Clip) String() string { return fmt.Sprintf("%d:%d", c.Recording, c.Length.Milliseconds()) }

// ParseClip reads what String writes; "" is the zero Clip.
func ParseClip(text string) (Clip, error) {
	if text == "" {
		return Clip{}, nil
	}
	id, length, found := strings.Cut(text, ":")
	recording, err := strconv.Atoi(id)
	ms, lengthErr := strconv.ParseInt(length, 10, 64)
	if !found || err != nil || lengthErr != nil || recording < 1 || ms < 0 {
		return Clip{}, fmt.Errorf("%q is not a recording", text)
	}
	return Clip{Recording: recording, Length: time.Duration(ms) * time.Millisecond}, nil
}
