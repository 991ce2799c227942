package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Addresses of the parts inside the namespace.
const (
	SIP        = "127.0.0.1:5060"
	ARI        = "127.0.0.1:8088"
	Web        = "127.0.0.1:8080"
	WebOrigin  = "http://localhost:8080"
	IvrdHealth = "127.0.0.1:9101"
	CtidHealth = "127.0.0.1:9102"
	Number     = "0380008000"
)

// Stage is a whole Talian.
type Stage struct {
	Dir      string // state: journal.db, talian.db, recordings ...
	Site     string // the bundle
	Asterisk *Process
	Ivrd     *Process
	Ctid     *Process

	more []piece // for Asterisk's configuration
	ivrd string  // more for ivrd.yaml
	dial string  // endpoint of outside numbers
	says string  // folder of recorded sounds
}

// piece is text for the end of one of Asterisk's configuration files.
type piece struct{ file, text string }

// Option changes a stage before it starts.
type Option func(*Stage)

// WithSite takes another bundle than flows/.
func WithSite(dir string) Option { return func(s *Stage) { s.Site = dir } }

// WithAsterisk adds text at the end of one of Asterisk's configuration files, such as
// "extensions.conf"; a file that is not there is made.
func WithAsterisk(file, text string) Option {
	return func(s *Stage) { s.more = append(s.more, piece{file, text}) }
}

// WithConfig adds text to ivrd.yaml. Keys below asterisk go through WithDial.
func WithConfig(text string) Option { return func(s *Stage) { s.ivrd += text + "\n" } }

// WithSounds takes another folder of recorded sounds than sounds/.
func WithSounds(dir string) Option { return func(s *Stage) { s.says = dir } }

// WithDial says how transfers reach outside numbers, as asterisk.dial in ivrd.yaml does.
func WithDial(endpoint string) Option { return func(s *Stage) { s.dial = endpoint } }

// New starts everything and stops it when the test ends.
func New(t testing.TB, options ...Option) *Stage {
	t.Helper()
	s := Prepare(t, options...)
	s.Asterisk.Start(t)
	s.Ivrd.Start(t)
	s.Ctid.Start(t)
	return s
}

// Prepare configures everything and starts nothing.
func Prepare(t testing.TB, options ...Option) *Stage {
	t.Helper()
	top := Top()
	built, err := build()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "stage-") // short: Asterisk has a socket in it
	if err != nil {
		t.Fatal(err)
	}
	s := &Stage{Dir: dir, Site: filepath.Join(top, "flows"), says: filepath.Join(top, "sounds")}
	for _, o := range options {
		o(s)
	}
	t.Cleanup(func() { s.end(t) })
	s.configure(t, top, built)
	return s
}

func (s *Stage) end(t testing.TB) {
	for _, p := range []*Process{s.Ctid, s.Ivrd, s.Asterisk} {
		if p != nil {
			p.Stop()
		}
	}
	if t.Failed() {
		t.Logf("state and logs are kept in %s", s.Dir)
		for _, p := range []*Process{s.Ctid, s.Ivrd} {
			if p == nil {
				continue
			}
			t.Logf("--- end of %s's log\n%s", p.name, tail(p.log))
		}
		return
	}
	_ = os.RemoveAll(s.Dir)
}

func (s *Stage) configure(t testing.TB, top string, b binaries) {
	t.Helper()
	asterisk := filepath.Join(top, "deploy/asterisk/asterisk.sh")
	home := filepath.Join(s.Dir, "asterisk")
	out, err := exec.CommandContext(t.Context(), asterisk, "configure", "--run", home, "--sip", SIP, "--http", ARI).CombinedOutput()
	if err != nil {
		t.Fatalf("asterisk.sh configure: %v\n%s", err, out)
	}
	for _, m := range s.more {
		add(t, filepath.Join(home, "etc", m.file), m.text)
	}
	if err := os.Symlink(b.speech, filepath.Join(s.Dir, "speech")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(s.Dir, "ivrd.yaml"), fmt.Sprintf(`site: %s
run: %s
sounds: %s
asterisk: {url: "http://%s", app: ivrd, user: ivrd, password_file: %s/ari-password, dial: "%s"}
%s`, s.Site, s.Dir, s.says, ARI, home, s.dial, s.ivrd))
	write(t, filepath.Join(s.Dir, "ctid.yaml"), fmt.Sprintf(`listen: "%s"
run: %s
nats: 127.0.0.1:4222
sip: http://%s
health: %s
`, Web, s.Dir, ARI, CtidHealth))
	s.Asterisk = &Process{name: "asterisk", log: filepath.Join(s.Dir, "asterisk.out"),
		build: func() *exec.Cmd { return exec.Command(asterisk, "start", "--run", home) },
		ready: func(ctx context.Context) error {
			return exec.CommandContext(ctx, asterisk, "wait", "--run", home).Run()
		}}
	s.Ivrd = &Process{name: "ivrd", log: filepath.Join(s.Dir, "ivrd.log"),
		build: func() *exec.Cmd { return exec.Command(b.ivrd, "run", "--config", filepath.Join(s.Dir, "ivrd.yaml")) },
		ready: func(ctx context.Context) error { return Get(ctx, "http://"+IvrdHealth+"/readyz") }}
	s.Ctid = &Process{name: "ctid", log: filepath.Join(s.Dir, "ctid.log"),
		build: func() *exec.Cmd { return exec.Command(b.ctid, "--config", filepath.Join(s.Dir, "ctid.yaml")) },
		ready: func(ctx context.Context) error { return Get(ctx, "http://"+CtidHealth+"/readyz") }}
}

// Ivrctl runs one of ivrd's subcommands against the running ivrd.
func (s *Stage) Ivrctl(t testing.TB, args ...string) string {
	t.Helper()
	b, err := build()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), b.ivrd, append(args, "--config", filepath.Join(s.Dir, "ivrd.yaml"))...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("ivrd %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Binary gives the path of a built program, ivrd or ctid.
func Binary(t testing.TB, name string) string {
	t.Helper()
	b, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"ivrd": b.ivrd, "ctid": b.ctid}[name]
}

// Speech gives the folder of the demo site's speech, made if need be.
func Speech(t testing.TB) string {
	t.Helper()
	b, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return b.speech
}

// CLI passes a command to Asterisk's console.
func (s *Stage) CLI(t testing.TB, command string) string {
	t.Helper()
	asterisk := filepath.Join(Top(), "deploy/asterisk/asterisk.sh")
	out, err := exec.CommandContext(t.Context(), asterisk, "cli", "--run", filepath.Join(s.Dir, "asterisk"), command).CombinedOutput()
	if err != nil {
		t.Fatalf("asterisk.sh cli %s: %v\n%s", command, err, out)
	}
	return string(out)
}

// Get asks for a page and gives an error unless it answers 200.
func Get(ctx context.Context, url string) error {
	_, err := Read(ctx, url)
	return err
}

// Read gives the text of a page that answers 200.
func Read(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Timeout: 2 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s %s", url, res.Status, strings.TrimSpace(string(body)))
	}
	return string(body), nil
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// add writes at the end of a file.
func add(t testing.TB, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString("\n" + text)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

// Top gives the project's folder.
func Top() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// binaries are built once per test process.
type binaries struct{ ivrd, ctid, speech string }

//nolint:gochecknoglobals // built once, however many tests ask
var build = sync.OnceValues(func() (binaries, error) {
	top := Top()
	cache, err := os.UserCacheDir()
	if err != nil {
		return binaries{}, err
	}
	cache = filepath.Join(cache, "talian", "test")
	b := binaries{ivrd: filepath.Join(cache, "ivrd"), ctid: filepath.Join(cache, "ctid"), speech: filepath.Join(cache, "speech")}
	for _, step := range [][]string{
		{"go", "build", "-o", b.ivrd, "./cmd/ivrd"},
		{"go", "build", "-o", b.ctid, "./cmd/ctid"},
		{b.ivrd, "speak", "flows", "--sounds", "sounds", "--out", b.speech},
	} {
		cmd := exec.Command(step[0], step[1:]...)
		cmd.Dir = top
		if out, err := cmd.CombinedOutput(); err != nil {
			return binaries{}, fmt.Errorf("%s: %w\n%s", strings.Join(step, " "), err, out)
		}
	}
	return b, nil
})
