package layout

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzFormat: whatever the text, Format does not panic, and what it gives stays as it is.
func FuzzFormat(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range seeds {
		text, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("a: [b, # c\n d]\n- - |\n  x\n")
	f.Add("? a\n: b\n# c\n")
	f.Fuzz(func(t *testing.T, text string) {
		once, err := Format("flows/x.yaml", []byte(text))
		if err != nil {
			return
		}
		twice, err := Format("flows/x.yaml", once)
		if err != nil || string(twice) != string(once) {
			t.Fatalf("%q becomes\n%q, then\n%q: %v", text, once, twice, err)
		}
	})
}
