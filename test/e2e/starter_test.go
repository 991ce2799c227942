package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"talian/test/phone"
	"talian/test/stage"
)

// The starter behind `make run`: everything comes up, a call is answered; a killed and a
// hung ivrd are started again; the end leaves no process.
func TestStarter(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	top := stage.Top()
	build := exec.CommandContext(ctx, "make", "-s", "-C", top, "build")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("make build: %v\n%s", err, out)
	}
	run, err := os.MkdirTemp("", "run-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(stage.Speech(t), filepath.Join(run, "speech")); err != nil {
		t.Fatal(err)
	}
	var said lines
	starter := exec.CommandContext(ctx, filepath.Join(top, "deploy/run.sh"))
	starter.Env = append(os.Environ(), "RUN="+run)
	starter.Stdout, starter.Stderr = &said, &said
	starter.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	starter.Cancel = func() error { return starter.Process.Signal(syscall.SIGTERM) }
	starter.WaitDelay = 20 * time.Second
	if err := starter.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer os.RemoveAll(run)
		if !t.Failed() {
			return
		}
		_ = syscall.Kill(-starter.Process.Pid, syscall.SIGKILL)
		for _, part := range []string{"asterisk", "ivrd", "ctid"} {
			if text, err := os.ReadFile(filepath.Join(run, "pid", part)); err == nil {
				if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
					_ = syscall.Kill(n, syscall.SIGKILL)
				}
			}
		}
	})
	ended := make(chan error, 1)
	go func() { ended <- starter.Wait() }()

	until(t, ctx, &said, "everything to be ready", func() bool { return strings.Contains(said.String(), "Talian is ready") })
	answered(t, ctx)
	first := pid(t, run, "ivrd")
	for _, c := range []struct {
		how    string
		signal syscall.Signal
	}{{"hung", syscall.SIGSTOP}, {"killed", syscall.SIGKILL}} {
		how, signal := c.how, c.signal
		before := pid(t, run, "ivrd")
		if err := syscall.Kill(before, signal); err != nil {
			t.Fatal(err)
		}
		until(t, ctx, &said, "ivrd, "+how+", to be started again", func() bool {
			return pid(t, run, "ivrd") != before && stage.Get(ctx, "http://"+stage.IvrdHealth+"/readyz") == nil
		})
		answered(t, ctx)
	}
	last := []int{pid(t, run, "asterisk"), pid(t, run, "ivrd"), pid(t, run, "ctid"), first}
	if err := starter.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended: //nolint:errcheck // a signal ends it
	case <-time.After(30 * time.Second):
		t.Fatalf("the starter does not end:\n%s", said.String())
	}
	for _, p := range last {
		if syscall.Kill(p, 0) == nil {
			t.Errorf("process %d is still there after the end", p)
		}
	}
}

// answered makes a call and hangs up.
func answered(t *testing.T, ctx context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c, err := phone.Dial(ctx, phone.Config{Server: stage.SIP, Number: stage.Number, From: "0123456789"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Hangup(ctx); err != nil {
		t.Fatal(err)
	}
}

func pid(t *testing.T, run, part string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(run, "pid", part))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func until(t *testing.T, ctx context.Context, said *lines, what string, done func() bool) {
	t.Helper()
	for !done() {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("waiting for %s:\n%s", what, said.String())
		}
	}
}

// lines is a buffer for two goroutines.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String gives all so far.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
