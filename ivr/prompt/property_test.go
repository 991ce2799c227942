package prompt

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// everySlot is a catalogue with one prompt for each slot type, named after it.
func everySlot(t *testing.T) *Catalogue {
	var b strings.Builder
	for _, kind := range SlotTypes() {
		fmt.Fprintf(&b, "%s:\n  slots: {v: %s}\n", kind, kind)
		for _, lang := range Tongues() {
			fmt.Fprintf(&b, "  %s: {text: \"a {v} b\"}\n", lang)
		}
	}
	b.WriteString("plain:\n")
	for _, lang := range Tongues() {
		fmt.Fprintf(&b, "  %s: {text: \"c\"}\n", lang)
	}
	cat, problems := Load(folder(t, map[string]string{"p.yaml": b.String()}), Tongues(), t.TempDir(), t.TempDir())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return cat
}

// value draws a value of the range a slot type states.
func value(t *rapid.T, kind SlotType) any {
	moment := func() time.Time {
		first := time.Date(minYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
		last := time.Date(maxYear, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
		return time.Unix(rapid.Int64Range(first, last).Draw(t, "moment"), 0).UTC()
	}
	switch kind {
	case Digits:
		return rapid.StringMatching(`[0-9]{1,64}`).Draw(t, "digits")
	case Phone:
		return rapid.StringMatching(`\+?[0-9]{1,20}`).Draw(t, "phone")
	case Number:
		// Every count of digits is as likely as any other.
		size := rapid.IntRange(0, 9).Draw(t, "size")
		n := rapid.IntRange(0, maxNumber).Draw(t, "number")
		for range 9 - size {
			n /= 10
		}
		return n
	case Ordinal:
		return rapid.IntRange(1, maxOrdinal).Draw(t, "ordinal")
	case Date, Time, Weekday:
		return moment()
	case Duration:
		return time.Duration(rapid.Int64Range(0, int64(maxDuration-time.Second)).Draw(t, "duration"))
	case Money:
		sen := rapid.Int64Range(0, maxSen).Draw(t, "sen")
		return fmt.Sprintf("%d.%02d", sen/100, sen%100)
	case Text:
		return "plain"
	}
	t.Fatalf("no values for %s", kind)
	return nil
}

func TestSayNeverFails(t *testing.T) {
	cat := everySlot(t)
	files := map[string]bool{}
	for _, p := range cat.Pieces() {
		files[p.File] = true
	}
	rapid.Check(t, func(t *rapid.T) {
		lang := rapid.SampledFrom(Tongues()).Draw(t, "lang")
		kind := SlotType(rapid.SampledFrom(SlotTypes()).Draw(t, "kind"))
		v := value(t, kind)
		items, err := cat.Say(lang, string(kind), map[string]any{"v": v})
		if err != nil {
			t.Fatalf("%s %v: %v", lang, v, err)
		}
		if len(items) < 3 {
			t.Fatalf("%s %v: the value is not said: %v", lang, v, items)
		}
		for _, item := range items {
			if item.Silence == 0 && !files[item.File] {
				t.Fatalf("%s %v: %q (%s) is not a piece", lang, v, item.Text, item.File)
			}
		}
	})
}

// TestEverySmallValue tries every value of the types that have few, and the numbers
// in which all forms occur.
func TestEverySmallValue(t *testing.T) {
	cat := everySlot(t)
	for _, lang := range Tongues() {
		known := cat.words[lang]
		try := func(kind SlotType, v any) {
			rules, _ := tongueOf(lang)
			words, err := compose(rules, kind, v)
			if err != nil || len(words) == 0 {
				t.Fatalf("%s %s %v: %v %v", lang, kind, v, words, err)
			}
			for _, w := range words {
				if _, ok := known[w]; !ok && w != breath {
					t.Fatalf("%s %s %v: %q is no word of the vocabulary", lang, kind, v, w)
				}
			}
		}
		for n := range 20_200 {
			try(Number, n)
			try(Number, n*49_499)
		}
		for n := range maxOrdinal {
			try(Ordinal, n+1)
		}
		for year := minYear; year <= maxYear; year++ {
			try(Date, time.Date(year, 2, 29, 0, 0, 0, 0, time.UTC))
		}
		for hour := range 24 * 366 {
			at := time.Date(2028, 1, 1, hour, hour%60, 0, 0, time.UTC)
			try(Date, at)
			try(Time, at)
			try(Weekday, at)
		}
		for s := range 4000 {
			try(Duration, s)
			try(Money, float64(s)/100)
		}
	}
}

// TestNumbersDiffer makes sure that no two numbers sound the same.
func TestNumbersDiffer(t *testing.T) {
	for _, lang := range Tongues() {
		rules, _ := tongueOf(lang)
		seen := map[string]int{}
		for i := range 120_000 {
			n := i
			if i > 60_000 {
				n = (i - 60_000) * 16_661
			}
			said := strings.Join(rules.number(n), " ")
			if before, twice := seen[said]; twice && before != n {
				t.Fatalf("%s: %d and %d are both %q", lang, before, n, said)
			}
			seen[said] = n
		}
	}
}

// TestVocabulary makes sure that each word is written once, under a name of its own
// that is a proper file name, and is used.
func TestVocabulary(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	for _, lang := range Tongues() {
		rules, _ := tongueOf(lang)
		var names, texts []string
		for _, w := range rules.vocabulary() {
			if !name.MatchString(w.name) || wordless(w.text) {
				t.Errorf("%s: bad word %q under the name %q", lang, w.text, w.name)
			}
			names, texts = append(names, w.name), append(texts, w.text)
		}
		for what, list := range map[string][]string{"name": names, "text": texts} {
			slices.Sort(list)
			for i := 1; i < len(list); i++ {
				if list[i] == list[i-1] {
					t.Errorf("%s: %s %q is there twice", lang, what, list[i])
				}
			}
		}
		used := usedWords(rules)
		for _, text := range texts {
			if !used[text] {
				t.Errorf("%s: word %q is never said", lang, text)
			}
		}
	}
}

// usedWords collects the words of values in which all of them occur.
func usedWords(rules tongue) map[string]bool {
	used := map[string]bool{rules.digit('+'): true}
	add := func(words ...string) {
		for _, w := range words {
			used[w] = true
		}
	}
	for n := range 100_000 {
		add(rules.number(n)...)
	}
	add(rules.number(100_000)...)
	add(rules.number(123_456_789)...)
	add(rules.number(20_000_000)...)
	for n := range maxOrdinal {
		add(rules.ordinal(n + 1)...)
	}
	for year := minYear; year <= maxYear; year++ {
		for day := range 31 {
			add(rules.date(year, time.Month(day%12+1), day+1)...)
		}
	}
	for minute := range 24 * 60 {
		add(rules.clock(minute/60, minute%60)...)
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		add(rules.weekday(d))
	}
	add(rules.duration(1, 1, 1)...)
	add(rules.duration(2, 2, 2)...)
	add(rules.money(2, 2)...)
	return used
}
