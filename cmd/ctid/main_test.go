package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"talian/cmd/internal/daemon"
	"talian/cti/wire"
	"talian/ivr/link"
	"talian/ivr/link/linktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func freePort(t *testing.T) string {
	t.Helper()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer on.Close()
	return on.Addr().String()
}

// startEngine is an ivrd without a telephone.
func startEngine(t *testing.T, addr, run string) (engine *linktest.Engine, stop func()) {
	t.Helper()
	server, err := link.StartServer(t.Context(), link.ServerOptions{Addr: addr, Dir: filepath.Join(run, "nats")})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	engine = linktest.New()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- link.Serve(ctx, conn, engine) }()
	return engine, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		conn.Close()
		ending, over := context.WithTimeout(context.Background(), 5*time.Second)
		defer over()
		if err := server.Close(ending); err != nil {
			t.Error(err)
		}
	}
}

func startCtid(t *testing.T, cfg config) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx, cfg, daemon.NewLog(io.Discard)) }()
	ready(t, cfg, http.StatusOK)
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	}
}

// ready waits until /readyz gives that status.
func ready(t *testing.T, cfg config, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		res, err := get(ctx, "http://"+cfg.Health+"/readyz", nil)
		if err == nil && res == want {
			return
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatalf("readyz: %d, %v; want %d", res, err, want)
		}
	}
}

func get(ctx context.Context, url string, cookie *http.Cookie) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	if cookie != nil {
		req.AddCookie(cookie)
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

func signIn(t *testing.T, cfg config, user string) *http.Cookie {
	t.Helper()
	password, err := os.ReadFile(filepath.Join(cfg.Run, "demo-password"))
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"user":%q,"password":%q}`, user, strings.TrimSpace(string(password)))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+cfg.Listen+"/api/v1/session", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "http://"+cfg.Listen)
	req.Header.Set("Content-Type", "application/json")
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		t.Fatalf("sign-in: %s", res.Status)
	}
	return res.Cookies()[0]
}

func testConfig(t *testing.T) config {
	t.Helper()
	cfg := defaults()
	cfg.Run, cfg.Listen, cfg.Health, cfg.NATS = t.TempDir(), freePort(t), freePort(t), freePort(t)
	return cfg
}

// socketOf opens /cti and reads the first snapshot.
func socketOf(t *testing.T, cfg config, cookie *http.Cookie) (*websocket.Conn, wire.Snap) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+cfg.Listen+"/api/v1/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(cookie)
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var me struct {
		CSRF string `json:"csrf"`
	}
	if err := json.NewDecoder(res.Body).Decode(&me); err != nil {
		t.Fatal(err)
	}
	dialer := websocket.Dialer{Subprotocols: []string{wire.Proto}}
	conn, _, err := dialer.DialContext(t.Context(), "ws://"+cfg.Listen+"/cti",
		http.Header{"Origin": {"http://" + cfg.Listen}, "Cookie": {cookie.Name + "=" + cookie.Value}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	var welcome wire.Welcome
	var snap wire.Snap
	for _, err := range []error{conn.WriteJSON(wire.Hello{T: wire.KindHello, Tab: "t1", CSRF: me.CSRF}),
		conn.SetReadDeadline(time.Now().Add(10 * time.Second)), conn.ReadJSON(&welcome), conn.ReadJSON(&snap)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return conn, snap
}

// TestRestarts: a sign-in outlives ctid, and ctid outlives the engine.
func TestRestarts(t *testing.T) {
	cfg := testConfig(t)
	_, stopEngine := startEngine(t, cfg.NATS, cfg.Run)
	stop := startCtid(t, cfg)
	if status, err := get(t.Context(), "http://"+cfg.Listen+"/", nil); err != nil || status != http.StatusOK {
		t.Errorf("the desk's page: %d, %v", status, err)
	}
	cookie := signIn(t, cfg, "agent07")
	conn, _ := socketOf(t, cfg, cookie)
	stop()
	var last wire.Bye
	for last.T != wire.KindBye {
		if err := conn.ReadJSON(&last); err != nil {
			t.Fatalf("no bye: %v", err)
		}
	}
	if last.Code != wire.CloseDrain {
		t.Errorf("bye %+v", last)
	}
	stop = startCtid(t, cfg)
	defer func() { stop() }()
	conn, snap := socketOf(t, cfg, cookie)
	if snap.Data.Me.ID != "agent07" || !snap.Data.Link {
		t.Fatalf("after a restart: %+v", snap.Data)
	}
	stopEngine()
	expectLink(t, conn, false)
	ready(t, cfg, http.StatusServiceUnavailable)
	_, stopEngine = startEngine(t, cfg.NATS, cfg.Run)
	defer stopEngine()
	expectLink(t, conn, true)
	ready(t, cfg, http.StatusOK)
}

func expectLink(t *testing.T, conn *websocket.Conn, want bool) {
	t.Helper()
	for {
		var event wire.Event
		if err := conn.ReadJSON(&event); err != nil {
			t.Fatalf("waiting for link %v: %v", want, err)
		}
		if event.Type == wire.EventLink {
			if *event.Link != want {
				t.Errorf("link %v, want %v", *event.Link, want)
			}
			return
		}
	}
}

func TestStartFailures(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	fails := func(name, want string, change func(*config)) {
		t.Helper()
		cfg := testConfig(t)
		cfg.DemoPeople = false
		change(&cfg)
		err := run(t.Context(), cfg, daemon.NewLog(io.Discard))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	fails("port", "in use by another program", func(c *config) { c.Listen = taken.Addr().String() })
	fails("health port", "change health", func(c *config) { c.Health = taken.Addr().String() })
	fails("certificate", "tls.cert: open nowhere.pem", func(c *config) { c.TLS = &tlsConfig{Cert: "nowhere.pem", Key: "main.go"} })
	fails("key", "tls.key: open nowhere.pem", func(c *config) { c.TLS = &tlsConfig{Cert: "main.go", Key: "nowhere.pem"} })
	fails("no certificate", "tls.cert main.go and tls.key main.go: ", func(c *config) { c.TLS = &tlsConfig{Cert: "main.go", Key: "main.go"} })
	fails("damaged database", "the file is damaged: stop ivrd and ctid", func(c *config) {
		if err := os.WriteFile(filepath.Join(c.Run, "talian.db"), bytes.Repeat([]byte("no database. "), 1000), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	fails("database", "talian.db", func(c *config) {
		if err := os.Mkdir(filepath.Join(c.Run, "talian.db"), 0o700); err != nil {
			t.Fatal(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var log strings.Builder
	cfg := testConfig(t)
	cfg.DemoPeople = false
	if err := run(ctx, cfg, daemon.NewLog(&log)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no key: %v", err)
	}
	if strings.Count(log.String(), "waiting for ivrd") != 1 {
		t.Errorf("log %s", log.String())
	}
}

func TestConfig(t *testing.T) {
	dir := t.TempDir()
	load := func(text string) (config, error) {
		path := filepath.Join(dir, "ctid.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return loadConfig(path)
	}
	for text, want := range map[string]string{
		"listen: 127.0.0.1:1\nlisen: x\n":    "ctid.yaml:2: unknown key lisen",
		"run: [a]\n":                         "ctid.yaml:1: ",
		"listen: 8080\n":                     "is not host:port",
		"reports: everybody\n":               "reports:",
		"origins: [\"http://a.example/\"]\n": "origins:",
		"tls: {cert: a}\n":                   "tls:",
		"sip: 127.0.0.1:8088\n":              "sip:",
		"listen: \"\n":                       "ctid.yaml",
	} {
		if _, err := load(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for _, text := range []string{"", "# nothing\n", "reports: all\n"} {
		if _, err := load(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestManual: the commented configuration is what is built in.
func TestManual(t *testing.T) {
	cfg, err := loadConfig("ctid.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%+v", cfg), fmt.Sprintf("%+v", defaults()); got != want {
		t.Errorf("ctid.yaml %s\ndefaults  %s", got, want)
	}
}
