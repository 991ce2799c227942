package prompt

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// SlotType says how the value of a slot is spoken.
type SlotType string

// The slot types and the Go values Say takes for each.
const (
	Digits   SlotType = "digits"   // one by one: a string of 1 to 64 digits, or a whole number
	Number   SlotType = "number"   // 0 to 999,999,999: any whole number, or its digits as text
	Ordinal  SlotType = "ordinal"  // 1 to 999, as Number
	Phone    SlotType = "phone"    // a telephone number: digits, may begin with +, said in groups
	Date     SlotType = "date"     // time.Time or "2006-01-02", years 1900 to 2199
	Time     SlotType = "time"     // time.Time, "15:04" or "15:04:05"; minutes are said, seconds are not
	Weekday  SlotType = "weekday"  // time.Weekday, time.Time, "2006-01-02" or an English name such as "monday"
	Duration SlotType = "duration" // time.Duration, text such as "1h30m", or a number of seconds; 0 to under 1000 hours
	Money    SlotType = "money"    // ringgit: "12.50", 12.5 or 12; 0 to 999,999,999.99
	Text     SlotType = "text"     // id of a prompt without slots, said in its place
)

// SlotTypes lists every slot type, for checks and their messages.
func SlotTypes() []string {
	return []string{
		string(Digits), string(Number), string(Ordinal), string(Phone), string(Date),
		string(Time), string(Weekday), string(Duration), string(Money), string(Text),
	}
}

// Item is one thing to play: a sound or a silence.
type Item struct {
	Prompt string // id of the prompt it belongs to
	Lang   string // language it is spoken in
	Text   string // what is heard; "" for silence

	// File is the absolute path of the sound without its extension; "" for silence.
	File    string
	Spare   string        // the speech for it when File is a recording; "" = none
	Silence time.Duration // length of a silence; 0 for a sound
}

// Piece is one sound that Say may ask for.
type Piece struct {
	Lang string
	Text string // what it says; "" for a recording whose text nobody wrote down

	// ID is the name of the piece in its language's folder of recordings, such as
	// "welcome", "case_is_1" or "words/seratus". A studio records <ID>.wav.
	ID string

	// File is the absolute path, without extension, of the sound that is played.
	File string

	// Recorded tells that File is a recording; otherwise it is speech to be made.
	Recorded bool

	// Speech is the absolute path, without extension, of the speech that says it; "" when
	// there is none to be made.
	Speech string
}

// item is the piece as it is played for a prompt.
func (p Piece) item(prompt string) Item {
	i := Item{Prompt: prompt, Lang: p.Lang, Text: p.Text, File: p.File}
	if p.Recorded {
		i.Spare = p.Speech
	}
	return i
}

// Catalogue holds the prompts of one bundle, checked and resolved to sounds.
type Catalogue struct {
	langs   []string
	ids     []string
	prompts map[string]entry
	words   map[string]map[string]Item // language, word: the sound that says it
	pieces  []Piece
	sounds  map[string]Piece // by File

	borrowed map[string]bool
}

// entry is one prompt: its slots and how each language says it.
type entry struct {
	slots map[string]SlotType
	lines map[string]line
	at    Place
}

// line is a prompt in one language: the whole text, and its parts in order.
type line struct {
	text  string
	parts []part
	at    Place
}

// part is a sound or a silence (item), or the place of a slot.
type part struct {
	slot string
	item Item
}

// Langs returns the languages of the catalogue, in the order given to Load.
func (c *Catalogue) Langs() []string { return slices.Clone(c.langs) }

// IDs returns the ids of all prompts, sorted.
func (c *Catalogue) IDs() []string { return slices.Clone(c.ids) }

// Slots returns the slots a prompt declares; false when there is no such prompt.
func (c *Catalogue) Slots(id string) (map[string]SlotType, bool) {
	e, ok := c.prompts[id]
	if !ok {
		return nil, false
	}
	slots := make(map[string]SlotType, len(e.slots))
	maps.Copy(slots, e.slots)
	return slots, true
}

// Text returns the text of a prompt in a language, slots written as {name};
// false when the prompt or its text in that language does not exist.
func (c *Catalogue) Text(id, lang string) (string, bool) {
	l, ok := c.prompts[id].lines[lang]
	return l.text, ok
}

// Pieces returns every sound that Say can ever ask for, each once, sorted by
// language and ID. The words that slot values are composed of are among them.
func (c *Catalogue) Pieces() []Piece { return slices.Clone(c.pieces) }

// Say resolves a prompt to what is played, in order. The slots must hold a value
// for every slot the prompt declares, of a kind and in the range that its SlotType
// allows; values for other slots are ignored. It fails when the prompt or the
// language is unknown, or a value is missing or cannot be said.
func (c *Catalogue) Say(lang, id string, slots map[string]any) ([]Item, error) {
	e, ok := c.prompts[id]
	if !ok {
		return nil, fmt.Errorf("prompt %q is unknown", id)
	}
	l, ok := e.lines[lang]
	if !ok {
		return nil, fmt.Errorf("prompt %s has no text in language %q", id, lang)
	}
	items := make([]Item, 0, len(l.parts))
	for _, p := range l.parts {
		if p.slot == "" {
			items = append(items, p.item)
			continue
		}
		value, given := slots[p.slot]
		if !given {
			return nil, fmt.Errorf("prompt %s: slot %s has no value", id, p.slot)
		}
		said, err := c.saySlot(lang, id, e.slots[p.slot], value)
		if err != nil {
			return nil, fmt.Errorf("prompt %s: slot %s: %w", id, p.slot, err)
		}
		items = append(items, said...)
	}
	return items, nil
}

// saySlot resolves the value of one slot of prompt id.
func (c *Catalogue) saySlot(lang, id string, kind SlotType, value any) ([]Item, error) {
	if kind == Text {
		return c.sayText(lang, value)
	}
	t, ok := tongueOf(lang)
	if !ok {
		return nil, fmt.Errorf("language %q has no words for a %s", lang, kind)
	}
	words, err := compose(t, kind, value)
	if err != nil {
		return nil, err
	}
	items := make([]Item, 0, len(words))
	for _, w := range words {
		if w == breath {
			items = append(items, Item{Prompt: id, Lang: lang, Silence: breathLength})
			continue
		}
		item := c.words[lang][w]
		item.Prompt = id
		items = append(items, item)
	}
	return items, nil
}

// sayText resolves a text slot: the value names a prompt without slots.
func (c *Catalogue) sayText(lang string, value any) ([]Item, error) {
	id, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("a text slot takes the id of a prompt, not %v (%T)", value, value)
	}
	if e, known := c.prompts[id]; known && len(e.slots) > 0 {
		return nil, fmt.Errorf("prompt %s has slots and cannot stand in a text slot", id)
	}
	return c.Say(lang, id, nil)
}
