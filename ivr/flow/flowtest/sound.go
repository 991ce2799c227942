package flowtest

import (
	"fmt"
	"os"
	"slices"
	"time"
	"unicode"

	"talian/ivr/flow"
	"talian/ivr/prompt"
)

// Sounds remembers how long sounds are, by file. The zero value is not ready for use.
type Sounds map[string]time.Duration

// A WAV file as package prompt accepts it: 16 bits at 8 kHz behind 44 bytes.
const (
	wavHeader     = 44
	wavBytesPerMs = 16
)

// Speech whose sound is not there is taken to be this long for each character.
const (
	letterTime = 65 * time.Millisecond
	hanTime    = 220 * time.Millisecond
	leastTime  = 300 * time.Millisecond
)

// length gives how long an item plays: as its file, else as its text lets expect.
func (s Sounds) length(item prompt.Item) time.Duration {
	if item.Silence > 0 {
		return item.Silence
	}
	if s == nil {
		return estimate(item.Text)
	}
	d, known := s[item.File]
	if !known {
		d = estimate(item.Text)
		if info, err := os.Stat(item.File + ".wav"); err == nil && info.Size() > wavHeader {
			d = time.Duration((info.Size()-wavHeader)/wavBytesPerMs) * time.Millisecond
		}
		s[item.File] = d
	}
	return d
}

func estimate(text string) time.Duration {
	var d time.Duration
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			d += hanTime
		} else {
			d += letterTime
		}
	}
	return max(d, leastTime)
}

// playback is what the caller hears at present.
type playback struct {
	flow.Play
	parts  []segment
	total  time.Duration
	next   int           // part that begins next
	done   time.Duration // heard before since
	since  time.Time
	halted bool
}

// segment is one prompt within a playback.
type segment struct {
	first, end int // of the playback's items
	begins     time.Duration
}

// segments parts a playback into its prompts.
func (s Sounds) segments(items []prompt.Item) (all []segment, total time.Duration) {
	for i, item := range items {
		if i == 0 || items[i-1].Prompt != item.Prompt {
			all = append(all, segment{first: i, begins: total})
		}
		all[len(all)-1].end = i + 1
		total += s.length(item)
	}
	return all, total
}

// sounding tells whether something plays, other than music.
func (p *Phone) sounding() bool { return p.play != nil && !p.play.halted }

// begin starts a playback.
func (p *Phone) begin(e flow.Play) {
	p.music = false
	for _, item := range e.Items {
		if p.outside.take(func(m *Mock) bool { return m.Prompt == item.Prompt && item.Prompt != "" }) != nil {
			p.note(Event{Kind: Fails, Text: "nothing is audible of " + item.Prompt})
			p.after("play", 0, func() { p.unlessTalking(flow.Played{ID: e.ID, Failed: true}) })
			return
		}
	}
	p.play = &playback{Play: e, since: p.now}
	p.play.parts, p.play.total = p.sounds.segments(e.Items)
	p.hear()
	p.after("play", p.play.total, func() { p.played(e.ID) })
}

// hear notes the parts that begin at this moment, and plans the next one.
func (p *Phone) hear() {
	b := p.play
	at := b.done + p.now.Sub(b.since)
	for b.next < len(b.parts) && b.parts[b.next].begins <= at {
		part := b.parts[b.next]
		b.next++
		items := b.Items[part.first:part.end]
		p.note(Event{Kind: Hears, Prompt: items[0].Prompt, Lang: items[0].Lang, Text: textOf(items), items: b.Items[part.first:]})
	}
	if b.next < len(b.parts) {
		p.after("part", b.parts[b.next].begins-at, p.hear)
	}
}

// played ends a playback.
func (p *Phone) played(id int) {
	p.silenced()
	p.unlessTalking(flow.Played{ID: id})
}

// silenced forgets the playback under way.
func (p *Phone) silenced() {
	p.play = nil
	p.cancel("play")
	p.cancel("part")
}

// stopPlay cuts a playback short; the flow is told of its end all the same.
func (p *Phone) stopPlay(id int) {
	if p.play == nil || p.play.ID != id {
		return
	}
	p.silenced()
	p.after(fmt.Sprintf("stopped %d", id), 0, func() { p.unlessTalking(flow.Played{ID: id}) })
}

func (p *Phone) skip(e flow.Skip) {
	b := p.play
	if b == nil || b.ID != e.ID {
		return
	}
	at := b.done
	if !b.halted {
		at += p.now.Sub(b.since)
	}
	b.done, b.since = min(max(0, at+e.By), b.total), p.now
	before := b.next
	b.next = slices.IndexFunc(b.parts, func(s segment) bool { return s.begins > b.done })
	if b.next < 0 {
		b.next = len(b.parts)
	}
	if e.By < 0 || b.next > before {
		b.next = max(0, b.next-1) // the part that goes on here is heard, too
	}
	if !b.halted {
		p.resume()
	}
}

func (p *Phone) pause(e flow.Pause) {
	b := p.play
	if b == nil || b.ID != e.ID || b.halted == e.On {
		return
	}
	b.halted = e.On
	if e.On {
		b.done += p.now.Sub(b.since)
		p.cancel("play")
		p.cancel("part")
		return
	}
	b.since = p.now
	p.resume()
}

// resume plans the rest of a playback.
func (p *Phone) resume() {
	id := p.play.ID
	p.cancel("part")
	p.hear()
	p.after("play", p.play.total-p.play.done, func() { p.played(id) })
}
