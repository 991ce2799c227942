// Package browser drives a real Chromium from Go tests: pages are opened, clicked and
// asked through a small Node program that has Playwright (driver.mjs).
package browser

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"talian/test/stage"
)

// Browser is one Chromium.
type Browser struct {
	t  testing.TB
	in io.WriteCloser

	mu      sync.Mutex
	next    int
	answers map[int]chan answer
	failed  error
}

type answer struct {
	ID    int             `json:"id"`
	Value json.RawMessage `json:"value"`
	Error string          `json:"error"`
}

// Start starts a Chromium whose microphone plays the WAV file tone again and again; it
// ends with the test.
func Start(t testing.TB, tone string) *Browser {
	t.Helper()
	top := stage.Top()
	cmd := exec.Command("node", filepath.Join(top, "test/browser/driver.mjs"), filepath.Join(top, "cti/web/package.json"), tone)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatalf("node: %v (deploy/setup.sh test installs what is missing)", err)
	}
	b := &Browser{t: t, in: in, answers: map[int]chan answer{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.read(out)
	}()
	t.Cleanup(func() {
		_ = in.Close()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-done
		}
		_ = cmd.Wait()
	})
	return b
}

func (b *Browser) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			continue
		}
		b.mu.Lock()
		reply := b.answers[a.ID]
		delete(b.answers, a.ID)
		b.mu.Unlock()
		if reply != nil {
			reply <- a
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed = fmt.Errorf("the browser's driver has ended: %w", io.ErrUnexpectedEOF)
	for id, reply := range b.answers {
		reply <- answer{ID: id, Error: b.failed.Error()}
	}
}

// do sends a command and gives its value.
func (b *Browser) do(what string, args map[string]any) (json.RawMessage, error) {
	reply := make(chan answer, 1)
	b.mu.Lock()
	if b.failed != nil {
		defer b.mu.Unlock()
		return nil, b.failed
	}
	b.next++
	args["id"], args["do"] = b.next, what
	b.answers[b.next] = reply
	line, err := json.Marshal(args)
	if err == nil {
		_, err = b.in.Write(append(line, '\n'))
	}
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	a := <-reply
	if a.Error != "" {
		return nil, fmt.Errorf("%s %v: %s", what, args, a.Error)
	}
	return a.Value, nil
}

// Page is one tab.
type Page struct {
	b  *Browser
	id int
}

// Open opens a page in a browser profile: tabs of one profile share cookies.
func (b *Browser) Open(profile, url string) *Page { return b.open(profile, url, false) }

// OpenDark is Open for a person who prefers dark colours.
func (b *Browser) OpenDark(profile, url string) *Page { return b.open(profile, url, true) }

func (b *Browser) open(profile, url string, dark bool) *Page {
	b.t.Helper()
	value, err := b.do("open", map[string]any{"profile": profile, "url": url, "dark": dark})
	if err != nil {
		b.t.Fatal(err)
	}
	p := &Page{b: b}
	if err := json.Unmarshal(value, &p.id); err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (p *Page) must(what string, args map[string]any) json.RawMessage {
	p.b.t.Helper()
	args["page"] = p.id
	value, err := p.b.do(what, args)
	if err != nil {
		path := filepath.Join(p.b.t.ArtifactDir(), fmt.Sprintf("page%d.png", p.id))
		_, _ = p.b.do("shot", map[string]any{"page": p.id, "path": path})
		said, _ := p.b.do("said", map[string]any{"page": p.id})
		p.b.t.Fatalf("%v\nscreenshot: %s\nconsole: %s", err, path, said)
	}
	return value
}

func ms(d time.Duration) int64 { return d.Milliseconds() }

// Fill types into a field.
func (p *Page) Fill(at, text string) {
	p.b.t.Helper()
	p.must("fill", map[string]any{"at": at, "text": text})
}

// Click clicks; it waits until the thing can be clicked.
func (p *Page) Click(at string) {
	p.b.t.Helper()
	p.must("click", map[string]any{"at": at, "timeout": 10000})
}

// Press presses keys, for example "Control+Alt+a".
func (p *Page) Press(keys string) { p.b.t.Helper(); p.must("press", map[string]any{"text": keys}) }

// Eval evaluates JavaScript in the page into a value.
func (p *Page) Eval(code string, into any) {
	p.b.t.Helper()
	value := p.must("evaluate", map[string]any{"code": code})
	if into == nil {
		return
	}
	if err := json.Unmarshal(value, into); err != nil {
		p.b.t.Fatalf("%s: %v", code, err)
	}
}

// Wait waits until JavaScript is true in the page.
func (p *Page) Wait(code string, limit time.Duration) {
	p.b.t.Helper()
	p.must("wait", map[string]any{"code": code, "timeout": ms(limit)})
}

// See waits until something is visible.
func (p *Page) See(at string, limit time.Duration) {
	p.b.t.Helper()
	p.must("see", map[string]any{"at": at, "timeout": ms(limit)})
}

// Text gives the visible text of something.
func (p *Page) Text(at string) string {
	p.b.t.Helper()
	var s string
	if err := json.Unmarshal(p.must("text", map[string]any{"at": at}), &s); err != nil {
		p.b.t.Fatal(err)
	}
	return s
}

// Reload reloads the page and returns as soon as the new one is coming.
func (p *Page) Reload() { p.b.t.Helper(); p.must("reload", map[string]any{}) }

// Shot takes a screenshot of 1280x720.
func (p *Page) Shot(path string) { p.b.t.Helper(); p.must("shot", map[string]any{"path": path}) }

// Close closes the tab.
func (p *Page) Close() { p.b.t.Helper(); p.must("close", map[string]any{}) }

// Said gives what the page wrote to its console.
func (p *Page) Said() []string {
	p.b.t.Helper()
	var lines []string
	if err := json.Unmarshal(p.must("said", map[string]any{}), &lines); err != nil {
		p.b.t.Fatal(err)
	}
	return lines
}
