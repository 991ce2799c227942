package prompt

import (
	"fmt"
	"slices"
)

// parts resolves one language of a draft to sounds, silences and slots.
func (b *builder) parts(d draft, lang string, l draftLine) []part {
	if l.audio != nil {
		b.checkAudioSlots(d, l)
		return b.audioParts(d, lang, l)
	}
	var parts []part
	for _, s := range l.parts {
		if s.slot != "" {
			parts = append(parts, part{slot: s.slot})
			continue
		}
		if wordless(s.text) {
			continue
		}
		name := pieceID(d, l, s)
		p, ok := b.shelf.find(lang, name, stretchText(s.text))
		if !ok {
			at, col := d.from.place(l.text, s.at)
			b.complain(d, at, col, "E405", "no recording %s.wav for %s, and no voice that speaks %s", name, lang, lang)
			continue
		}
		b.checkName(d, l, name)
		b.keepAt(d, p, l.text.Line, l.text.Column)
		parts = append(parts, part{item: p.item(d.key.Value)})
	}
	return parts
}

// pieceID names a stretch of a text: the prompt's id when the text has no slots,
// else the id and a number, which is 1 before the first slot, 2 after it and so on.
func pieceID(d draft, l draftLine, s segment) string {
	number, slots := 1, 0
	for _, other := range l.parts {
		if other.slot == "" {
			continue
		}
		slots++
		if other.at < s.at {
			number++
		}
	}
	if slots == 0 {
		return d.key.Value
	}
	return fmt.Sprintf("%s_%d", d.key.Value, number)
}

// checkName reports a prompt whose id is also the name of another prompt's piece:
// one recording would be played for both.
func (b *builder) checkName(d draft, l draftLine, name string) {
	other, taken := b.drafts[name]
	if taken && name != d.key.Value {
		b.complain(other, other.key.Line, other.key.Column, "E109", "%s is also the name of a piece of prompt %s; choose another id", name, d.key.Value)
	}
}

// audioParts resolves an audio list.
func (b *builder) audioParts(d draft, lang string, l draftLine) []part {
	var parts []part
	for _, a := range l.audio {
		switch {
		case a.slot != "":
			parts = append(parts, part{slot: a.slot})
		case a.silence > 0:
			parts = append(parts, part{item: Item{Prompt: d.key.Value, Lang: lang, Silence: a.silence}})
		default:
			p, ok := b.shelf.find(lang, a.name, b.textOf(d, lang, l, a.name))
			if !ok {
				b.complain(d, a.node.Line, a.node.Column, "E405", "no recording %s.wav for %s, and no text of that name to speak", a.name, lang)
				continue
			}
			b.keepAt(d, p, a.node.Line, a.node.Column)
			parts = append(parts, part{item: p.item(d.key.Value)})
		}
	}
	return parts
}

// textOf finds the words of a named recording: a stretch of the prompt's own text,
// or the text of another prompt that has no slots; "" when nobody wrote them down.
func (b *builder) textOf(d draft, lang string, l draftLine, name string) string {
	for _, s := range l.parts {
		if s.slot == "" && !wordless(s.text) && pieceID(d, l, s) == name {
			return stretchText(s.text)
		}
	}
	other, ok := b.drafts[name]
	if !ok || len(other.slots) > 0 || name == d.key.Value {
		return ""
	}
	if line, ok := other.lines[lang]; ok {
		b.borrowed[name] = true
		return oneLine(line.text.Value)
	}
	return ""
}

// checkAudioSlots compares the slots of an audio list with those of the text: the
// same ones in the same order, so that what is read is what is heard.
func (b *builder) checkAudioSlots(d draft, l draftLine) {
	var want []string
	for _, s := range l.parts {
		if s.slot != "" {
			want = append(want, s.slot)
		}
	}
	var got []string
	for _, a := range l.audio {
		if a.slot == "" {
			continue
		}
		i := len(got)
		got = append(got, a.slot)
		switch {
		case !slices.Contains(want, a.slot):
			b.complain(d, a.node.Line, a.node.Column, "E403", "slot {%s} is not in the text%s", a.slot, didYouMean(a.slot, want))
		case i >= len(want) || want[i] != a.slot:
			b.complain(d, a.node.Line, a.node.Column, "E403", "slot {%s} is in another place than in the text", a.slot)
			return
		}
	}
	if len(got) < len(want) {
		b.complain(d, l.text.Line, l.text.Column, "E403", "the audio list says %d of the %d slots of the text", len(got), len(want))
	}
}
