package daemon

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestMask(t *testing.T) {
	var log strings.Builder
	NewLog(&log).Info("call", "from", "0123456789", "caller", "999")
	if text := log.String(); strings.Contains(text, "0123456789") || !strings.Contains(text, "012*****89") || strings.Contains(text, "999") {
		t.Errorf("log %s", text)
	}
}

func TestNotify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	if err := Notify(t.Context(), "READY=1"); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 64)
	if n, err := conn.Read(buffer); err != nil || string(buffer[:n]) != "READY=1" {
		t.Errorf("%q, %v", buffer[:n], err)
	}
}

// A mistake in a configuration names the file, the line and what is wrong.
func TestReadConfig(t *testing.T) {
	for text, want := range map[string]string{
		"listen: x\nlissen: y\n": ":2: unknown key lissen",
		"listen: [1\n":           ":",
		"# nothing\n":            "",
		"- listen: x\n":          ":1: here stands a list, but a group of keys (key: value) is wanted",
		"listen: x\n\na: \x07\n": ":3: not plain text: control characters",
		"listen: x\n\xff\n":      ":2: not plain text: ",
		"listen: [x]\n":          ":1: here stands a list, but one text is wanted",
		"demo: maybe\n":          ":1: here stands maybe, but true or false is wanted",
		"demo: {a: 1}\n":         ":1: here stands a group of keys, but true or false is wanted",
		"count: !!int x\n":       ": here stands x, but a whole number is wanted",
		"count: many\n":          ":1: here stands many, but a whole number is wanted",
		"names: x\n":             ":1: here stands x, but a list ([a, b]) is wanted",
	} {
		path := filepath.Join(t.TempDir(), "x.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg := struct {
			Listen string   `yaml:"listen"`
			Demo   bool     `yaml:"demo"`
			Count  int      `yaml:"count"`
			Names  []string `yaml:"names"`
		}{}
		err := ReadConfig(path, &cfg)
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), path+want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// A port in use is one line that names the setting.
func TestListenTaken(t *testing.T) {
	first, err := Listen(t.Context(), "health", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := Listen(t.Context(), "health", first.Addr().String()); err == nil || !strings.Contains(err.Error(), "change health") {
		t.Errorf("%v", err)
	}
}

// /readyz says 503 and why as soon as one check fails; /healthz has its own.
func TestHealth(t *testing.T) {
	var broken, doubtful error
	server := httptest.NewServer(Health(func(context.Context) error { return nil },
		map[string]Check{"store": func(context.Context) error { return broken }},
		map[string]Check{"bundle": func(context.Context) error { return doubtful }}, prometheus.NewRegistry()))
	defer server.Close()
	get := func(path string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if code, text := get(path); code != http.StatusOK {
			t.Errorf("%s: %d %s", path, code, text)
		}
	}
	doubtful = errors.New("line 7")
	if code, text := get("/readyz"); code != http.StatusOK || !strings.Contains(text, "line 7") {
		t.Errorf("a warning: %d %s", code, text)
	}
	broken = errors.New("disk gone")
	if code, text := get("/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(text, "disk gone") {
		t.Errorf("broken: %d %s", code, text)
	}
	if code, _ := get("/healthz"); code != http.StatusOK {
		t.Errorf("healthz: %d", code)
	}
}
