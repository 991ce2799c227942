package rules

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestTroubleIsReal looks for every message of README's table of troubles in the sources;
// "…" stands for what differs from case to case.
func TestTroubleIsReal(t *testing.T) {
	t.Parallel()
	p := theProject(t)
	said := everythingSaid(t)
	_, table, found := strings.Cut(p.readme, "| you read | do this |\n")
	if !found {
		t.Fatal("README has no table of troubles")
	}
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(table, -1)
	if len(rows) < 10 {
		t.Fatalf("only %d messages were found", len(rows))
	}
	for _, row := range rows {
		for part := range strings.SplitSeq(row[1], "…") {
			if part = strings.TrimSpace(part); !strings.Contains(said, part) {
				t.Errorf("nothing says %q", part)
			}
		}
	}
}

// everythingSaid joins the sources that speak to people.
func everythingSaid(t *testing.T) string {
	t.Helper()
	source := os.DirFS("../..")
	var b strings.Builder
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && notSource(name):
			return fs.SkipDir
		case path.Ext(name) != ".sh" && path.Ext(name) != ".go" && path.Ext(name) != ".ts", strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(source, name)
		b.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
