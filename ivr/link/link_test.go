package link_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"talian/ivr"
	"talian/ivr/link"
	"talian/ivr/link/linktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// served starts a server and Serve for engine and gives a client that is up.
func served(t *testing.T, engine link.Engine) *link.Client {
	t.Helper()
	server, _ := startServer(t, "127.0.0.1:0", t.TempDir())
	serve(t, server, engine)
	return dial(t, server.URL(), server, link.ClientOptions{})
}

type keyed struct {
	*link.Server
	dir string
}

func startServer(t *testing.T, addr, dir string) (keyed, func()) {
	t.Helper()
	server, err := link.StartServer(t.Context(), link.ServerOptions{Addr: addr, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop := func() {
		once.Do(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			if err := server.Close(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return keyed{server, dir}, stop
}

func serve(t *testing.T, server keyed, engine link.Engine) (stop func()) {
	t.Helper()
	conn, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- link.Serve(ctx, conn, engine) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Serve: %v", err)
			}
			conn.Close()
		})
	}
	t.Cleanup(stop)
	return stop
}

func dial(t *testing.T, url string, server keyed, opts link.ClientOptions) *link.Client {
	t.Helper()
	up := make(chan struct{})
	var once sync.Once
	told := opts.OnChange
	opts.OnChange = func(now bool) {
		if now {
			once.Do(func() { close(up) })
		}
		if told != nil {
			told(now)
		}
	}
	client, err := link.Dial(t.Context(), url, link.SeedFile(server.dir, link.UserCtid), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	wait(t, up, "the link to come up")
	return client
}

func wait[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatalf("no %s within 10 s", what)
		panic("unreachable")
	}
}

// TestContract is the suite that the network and the in-process twin both pass.
func TestContract(t *testing.T) {
	ways := map[string]func(*testing.T, link.Engine) link.Engine{
		"direct": func(_ *testing.T, e link.Engine) link.Engine { return link.Direct(e) },
		"nats":   func(t *testing.T, e link.Engine) link.Engine { return served(t, e) },
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("do", func(t *testing.T) { contractDo(t, way) })
			t.Run("deadline", func(t *testing.T) { contractDeadline(t, way) })
			t.Run("snapshot", func(t *testing.T) { contractSnapshot(t, way) })
			t.Run("follow", func(t *testing.T) { contractFollow(t, way) })
			t.Run("pruned", func(t *testing.T) { contractPruned(t, way) })
			t.Run("deliver fails", func(t *testing.T) { contractDeliverFails(t, way) })
		})
	}
}

type way = func(*testing.T, link.Engine) link.Engine

func contractDo(t *testing.T, way way) {
	fake := linktest.New()
	engine := way(t, fake)
	profile := ivr.Profile{Name: "Aminah", Skills: map[string][]string{"cluster": {"health"}}, WrapUp: 30000}
	intent := ivr.Intent{ID: "1", Agent: "agent01", Want: ivr.SignIn{Profile: profile}}
	if reply, err := engine.Do(t.Context(), intent); err != nil || reply.Err != nil {
		t.Fatalf("sign in: %v, %v", reply.Err, err)
	}
	if got := fake.Seen(); !cmp.Equal(got, []ivr.Intent{intent}) {
		t.Errorf("the engine saw %s", cmp.Diff([]ivr.Intent{intent}, got))
	}
	reply, err := engine.Do(t.Context(), ivr.Intent{Agent: "agent01", Want: ivr.LineClaim{}})
	if err != nil || !strings.Contains(string(reply.Data), `"user":"agent01"`) {
		t.Errorf("claim: data %s, error %v", reply.Data, err)
	}
	reply, err = engine.Do(t.Context(), ivr.Intent{Agent: "agent01", Want: ivr.Accept{Lease: "l1"}})
	if err != nil || reply.Err == nil || reply.Err.Code != ivr.CodeOfferOver {
		t.Errorf("accept of nothing: %v, %v; want a refusal with %s", reply.Err, err, ivr.CodeOfferOver)
	}
}

func contractDeadline(t *testing.T, way way) {
	t.Parallel()
	fake := linktest.New()
	fake.OnDo(func(ctx context.Context, _ ivr.Intent) *ivr.Reply {
		<-ctx.Done()
		return nil
	})
	engine := way(t, fake)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := engine.Do(ctx, ivr.Intent{Agent: "agent01", Want: ivr.Hold{}})
	if ivr.CodeOf(err) != ivr.CodeUnavailable {
		t.Errorf("error %v, want code %s", err, ivr.CodeUnavailable)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
	_, err = engine.Do(t.Context(), ivr.Intent{Agent: "agent01", Want: ivr.Hold{}})
	if took := time.Since(began); ivr.CodeOf(err) != ivr.CodeUnavailable || took > ivr.IntentDeadline+2*time.Second {
		t.Errorf("without a deadline of the caller's: error %v after %s", err, took)
	}
}

func contractSnapshot(t *testing.T, way way) {
	fake := linktest.New()
	call := fake.Queue(linktest.Waiting{From: "0123456789", Lang: "ms", Cluster: "health", Path: []string{"Kesihatan"}})
	engine := way(t, fake)
	board, err := engine.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if board.Calls[call] == nil || board.Calls[call].Path[0] != "Kesihatan" || board.Seq == 0 {
		t.Fatalf("board %+v", board)
	}
	board.Calls[call].Path[0] = "changed"
	again, err := engine.Snapshot(t.Context())
	if err != nil || again.Calls[call].Path[0] != "Kesihatan" {
		t.Errorf("a snapshot shares memory with the engine: %v, %v", again, err)
	}
}

func contractFollow(t *testing.T, way way) {
	fake := linktest.New()
	for range 700 { // more than one page
		fake.Append(ivr.Fact{Call: "c1", Body: ivr.CallMarked{Mark: "early"}})
	}
	engine := way(t, fake)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seqs, done := make(chan uint64, 2000), make(chan error, 1)
	go func() {
		done <- engine.Follow(ctx, 100, func(facts []ivr.Fact) error {
			for _, fact := range facts {
				seqs <- fact.Seq
			}
			return nil
		})
	}()
	for i := range 300 {
		fake.Append(ivr.Fact{Call: "c1", Body: ivr.CallMarked{Mark: fmt.Sprint(i)}})
	}
	for want := uint64(101); want <= 1000; want++ {
		if got := wait(t, seqs, "fact"); got != want {
			t.Fatalf("got fact %d, want %d", got, want)
		}
	}
	cancel()
	if err := wait(t, done, "end of Follow"); !errors.Is(err, context.Canceled) {
		t.Errorf("Follow ended with %v", err)
	}
}

func contractPruned(t *testing.T, way way) {
	fake := linktest.New()
	for range 3 {
		fake.Append(ivr.Fact{Call: "c1", Body: ivr.CallMarked{Mark: "x"}})
	}
	fake.Prune()
	fake.Append(ivr.Fact{Call: "c1", Body: ivr.CallMarked{Mark: "y"}})
	engine := way(t, fake)
	for _, after := range []uint64{1, 99} {
		err := engine.Follow(t.Context(), after, func([]ivr.Fact) error { return nil })
		if !errors.Is(err, link.ErrSnapshot) {
			t.Errorf("Follow after %d: %v, want ErrSnapshot", after, err)
		}
	}
}

func contractDeliverFails(t *testing.T, way way) {
	fake := linktest.New()
	fake.Append(ivr.Fact{Call: "c1", Body: ivr.CallMarked{Mark: "x"}})
	full := errors.New("full")
	if err := way(t, fake).Follow(t.Context(), 0, func([]ivr.Fact) error { return full }); !errors.Is(err, full) {
		t.Errorf("Follow: %v, want the error of deliver", err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	server, _ := startServer(t, "127.0.0.1:0", t.TempDir())
	client, err := link.Dial(t.Context(), server.URL(), link.SeedFile(server.dir, link.UserCtid), link.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, err = client.Do(t.Context(), ivr.Intent{Want: ivr.Hold{}})
	if ivr.CodeOf(err) != ivr.CodeUnavailable || client.Up() {
		t.Errorf("Do: %v, up: %v", err, client.Up())
	}
}

// TestRestart ends the engine with its server and starts both again on the same port.
func TestRestart(t *testing.T) {
	dir, changes := t.TempDir(), make(chan bool, 16)
	server, stopServer := startServer(t, "127.0.0.1:0", dir)
	addr := strings.TrimPrefix(server.URL(), "nats://")
	fake := linktest.New()
	stopServe := serve(t, server, fake)
	client := dial(t, server.URL(), server, link.ClientOptions{OnChange: func(up bool) { changes <- up }})
	if !wait(t, changes, "first change") {
		t.Fatal("first change is down")
	}
	board, err := client.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- client.Follow(t.Context(), board.Seq, func([]ivr.Fact) error { return nil })
	}()
	stopServe()
	stopServer()
	if wait(t, changes, "down") {
		t.Fatal("up again without a server")
	}
	began := time.Now()
	if _, err := client.Do(t.Context(), ivr.Intent{Want: ivr.Hold{}}); ivr.CodeOf(err) != ivr.CodeUnavailable || time.Since(began) > time.Second {
		t.Errorf("Do without a server: %v after %s", err, time.Since(began))
	}
	server, _ = startServer(t, addr, dir)
	serve(t, server, fake)
	if !wait(t, changes, "up again") {
		t.Fatal("second change is down")
	}
	if err := wait(t, ended, "end of Follow"); !errors.Is(err, link.ErrSnapshot) {
		t.Errorf("Follow over a restart: %v, want ErrSnapshot", err)
	}
}

// TestRights proves with the ctid key that nobody but the engine can publish facts.
func TestRights(t *testing.T) {
	server, _ := startServer(t, "127.0.0.1:0", t.TempDir())
	key, err := nats.NkeyOptionFromSeed(link.SeedFile(server.dir, link.UserCtid))
	if err != nil {
		t.Fatal(err)
	}
	refused := make(chan error, 1)
	conn, err := nats.Connect(server.URL(), key, nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Publish("talian.facts", []byte(`{"boot":"x"}`)); err != nil {
		t.Fatal(err)
	}
	if err := wait(t, refused, "refusal"); !errors.Is(err, nats.ErrPermissionViolation) {
		t.Errorf("publishing facts as ctid: %v", err)
	}
}

func TestServerErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, err = link.StartServer(t.Context(), link.ServerOptions{Addr: taken.Addr().String(), Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "in use") || strings.Contains(err.Error(), "\n") {
		t.Errorf("port taken: %v", err)
	}
	_, err = link.Dial(t.Context(), "nats://127.0.0.1:1", link.SeedFile(t.TempDir(), link.UserCtid), link.ClientOptions{})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no key: %v", err)
	}
	dir := t.TempDir()
	server, stop := startServer(t, "127.0.0.1:0", dir)
	stranger := t.TempDir()
	other, _ := startServer(t, "127.0.0.1:0", stranger)
	key, err := nats.NkeyOptionFromSeed(link.SeedFile(stranger, link.UserCtid))
	if err != nil {
		t.Fatal(err)
	}
	if conn, err := nats.Connect(server.URL(), key); err == nil {
		conn.Close()
		t.Error("a stranger's key was let in")
	}
	_ = other
	first, err := os.ReadFile(link.SeedFile(dir, link.UserCtid))
	if err != nil {
		t.Fatal(err)
	}
	stop()
	startServer(t, "127.0.0.1:0", dir)
	info, err := os.Stat(link.SeedFile(dir, link.UserCtid))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info, err)
	}
	if again, err := os.ReadFile(link.SeedFile(dir, link.UserCtid)); err != nil || string(again) != string(first) {
		t.Errorf("the key did not stay: %v", err)
	}
}
