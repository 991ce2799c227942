package prompt

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Load reads the catalogue from the YAML files in dir, the prompts folder of a
// bundle, for the languages given. Recordings are looked for in sounds/<lang>, made
// speech is expected in speech/<lang>; neither folder has to exist.
//
// The catalogue is never nil: it holds what could be read, so that a caller can
// look for further mistakes. It may be used for calls only when there are no
// problems. Problems come sorted by file, line and column.
func Load(dir string, langs []string, sounds, speech string) (*Catalogue, []Problem) {
	drafts, problems := readFolder(dir, langs)
	soundsAt, err1 := filepath.Abs(sounds)
	speechAt, err2 := filepath.Abs(speech)
	if err1 != nil || err2 != nil {
		problems = append(problems, Problem{File: dir, Code: "E405", Text: "the folders of sounds cannot be found from here; name them by absolute paths"})
	}
	b := newBuilder(langs, shelf{sounds: soundsAt, speech: speechAt}, drafts)
	b.build()
	problems = append(problems, b.problems...)
	sortProblems(problems)
	return b.catalogue(), slices.Compact(problems)
}

// readFolder reads the drafts of all files of a folder.
func readFolder(dir string, langs []string) ([]draft, []Problem) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, []Problem{{File: dir, Code: "E101", Text: fmt.Sprintf("cannot read the prompts: %v", err)}}
	}
	var drafts []draft
	var problems []Problem
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".yaml" || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		file := filepath.Join(dir, e.Name())
		data, err := ReadFile(os.DirFS(dir), e.Name())
		if err != nil {
			problems = append(problems, Problem{File: file, Code: "E101", Text: fmt.Sprintf("cannot read the file: %v", err)})
			continue
		}
		found, wrong := readDrafts(file, data, langs)
		drafts, problems = append(drafts, found...), append(problems, wrong...)
	}
	return drafts, problems
}

// ReadFile reads what is a file, or a link to one; a pipe would never end.
func ReadFile(files fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(files, name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	if err != nil {
		return nil, err
	}
	return fs.ReadFile(files, name)
}

// builder resolves drafts to a catalogue.
type builder struct {
	langs    []string
	shelf    shelf
	drafts   map[string]draft
	order    []string
	prompts  map[string]entry
	words    map[string]map[string]Item
	pieces   map[string]Piece // by File
	borrowed map[string]bool  // prompts whose words another one names in audio
	problems []Problem
}

func newBuilder(langs []string, s shelf, drafts []draft) *builder {
	b := &builder{
		langs: slices.Clone(langs), shelf: s, drafts: map[string]draft{},
		prompts: map[string]entry{}, words: map[string]map[string]Item{}, pieces: map[string]Piece{},
		borrowed: map[string]bool{},
	}
	for _, d := range drafts {
		if before, twice := b.drafts[d.key.Value]; twice {
			b.complain(d, d.key.Line, d.key.Column, "E109", "prompt %s is already in %s line %d column %d",
				d.key.Value, filepath.Base(before.from.file), before.key.Line, before.key.Column)
			continue
		}
		b.drafts[d.key.Value] = d
		b.order = append(b.order, d.key.Value)
	}
	slices.Sort(b.order)
	return b
}

func (b *builder) complain(d draft, line, col int, code, format string, args ...any) {
	b.problems = append(b.problems, Problem{d.from.file, line, col, code, fmt.Sprintf(format, args...)})
}

func (b *builder) build() {
	for _, lang := range b.langs {
		b.addWords(lang)
	}
	for _, id := range b.order {
		d := b.drafts[id]
		b.checkSlots(d)
		e := entry{slots: d.slots, lines: map[string]line{}, at: placeOf(d, d.key)}
		for _, lang := range b.langs {
			if l, ok := d.lines[lang]; ok {
				e.lines[lang] = line{text: oneLine(l.text.Value), parts: b.parts(d, lang, l), at: placeOf(d, l.text)}
			}
		}
		b.prompts[id] = e
	}
	b.checkTwice()
}

// addWords finds the sounds of a language's words.
func (b *builder) addWords(lang string) {
	t, ok := tongueOf(lang)
	if !ok {
		return
	}
	items := map[string]Item{}
	var wrong []error
	for _, w := range t.vocabulary() {
		p, found := b.shelf.find(lang, wordsFolder+w.name, w.text)
		if !found {
			continue
		}
		if err := b.keep(p); err != nil {
			wrong = append(wrong, err)
		}
		items[w.text] = p.item("")
	}
	b.words[lang] = items
	b.checkWords(wrong)
}

// keep remembers a piece and, when it is new, gives what is wrong with its recording.
func (b *builder) keep(p Piece) error {
	if _, known := b.pieces[p.File]; known {
		return nil
	}
	b.pieces[p.File] = p
	if !p.Recorded {
		return nil
	}
	if err := checkRecording(p.File + ".wav"); err != nil {
		return fmt.Errorf("%s/%s.wav: %w", p.Lang, p.ID, err)
	}
	return nil
}

// keepAt is keep for a piece of a prompt's text.
func (b *builder) keepAt(d draft, p Piece, line, col int) {
	if err := b.keep(p); err != nil {
		b.complain(d, line, col, "E406", "%v", err)
	}
}

// checkSlots compares the slots declared with those the texts use.
func (b *builder) checkSlots(d draft) {
	for _, lang := range b.langs {
		l, ok := d.lines[lang]
		if !ok {
			continue
		}
		used := map[string]bool{}
		for _, s := range l.parts {
			if s.slot == "" {
				continue
			}
			used[s.slot] = true
			if _, declared := d.slots[s.slot]; !declared {
				at, col := d.from.place(l.text, s.at)
				names := slices.Sorted(maps.Keys(d.slots))
				b.complain(d, at, col, "E403", "slot {%s} is not declared under slots%s", s.slot, didYouMean(s.slot, names))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(d.slots)) {
			if !used[name] {
				b.complain(d, l.text.Line, l.text.Column, "E403", "slot {%s} is declared but the text in %s does not use it", name, lang)
			}
		}
		b.checkTongue(d, lang)
	}
}

// checkTongue reports slots in a language that has no words for them.
func (b *builder) checkTongue(d draft, lang string) {
	if _, ok := tongueOf(lang); ok {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(d.slots)) {
		if d.slots[name] == Text {
			continue
		}
		k := d.slotKeys[name]
		b.complain(d, k.Line, k.Column, "E407", "language %s has no words to say a %s; languages that have: %s",
			lang, d.slots[name], oneOf(Tongues()))
	}
}

func (b *builder) catalogue() *Catalogue {
	pieces := slices.SortedFunc(maps.Values(b.pieces), comparePieces)
	return &Catalogue{langs: b.langs, ids: b.order, prompts: b.prompts, words: b.words, pieces: pieces, sounds: b.pieces, borrowed: b.borrowed}
}
