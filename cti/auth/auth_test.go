package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"talian/cti/auth"
)

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newClock() *clock { return &clock{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func opened(t *testing.T, store *memory, clock *clock) *auth.SignIns {
	t.Helper()
	s, err := auth.Restore(t.Context(), store, clock.now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func withAminah(t *testing.T) *memory {
	t.Helper()
	store := newMemory()
	store.users["agent01"] = auth.User{ID: "agent01", Role: auth.RoleAgent, PasswordHash: auth.HashPassword("right")}
	return store
}

func TestSignInSurvivesRestart(t *testing.T) {
	store, clock := withAminah(t), newClock()
	signIns := opened(t, store, clock)
	signIn, token, err := signIns.In(t.Context(), "agent01", "right", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(signIn.Hash, token) || signIn.CSRF == token || signIn.CSRF == "" {
		t.Error("the secret is kept, or used twice")
	}
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.AddCookie(auth.Cookie(token))
	again := opened(t, store, clock)
	if found, user, ok := again.Find(request); !ok || user.ID != "agent01" || found != signIn {
		t.Fatalf("after a restart: %v %v %v", found, user, ok)
	}
	clock.at = clock.at.Add(auth.Lifetime)
	if _, _, ok := again.Find(request); ok {
		t.Error("valid after twelve hours")
	}
	if err := again.Sweep(t.Context()); err != nil || len(store.signIns) != 0 {
		t.Errorf("sweep left %d, %v", len(store.signIns), err)
	}
}

func TestSignOut(t *testing.T) {
	store := withAminah(t)
	signIns := opened(t, store, newClock())
	signIn, _, err := signIns.In(t.Context(), "agent01", "right", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	if err := signIns.Out(t.Context(), signIn.Hash); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := signIns.Valid(signIn.Hash); ok || len(store.signIns) != 0 {
		t.Error("still signed in")
	}
}

func TestLockout(t *testing.T) {
	clock := newClock()
	signIns := opened(t, withAminah(t), clock)
	in := func(user, password, address string) error {
		_, _, err := signIns.In(t.Context(), user, password, address)
		return err
	}
	for range 5 {
		if err := in("agent01", "wrong", "10.0.0.1"); !errors.Is(err, auth.ErrWrong) {
			t.Fatalf("wrong password: %v", err)
		}
		clock.at = clock.at.Add(time.Minute)
	}
	var locked *auth.LockedError
	if err := in("agent01", "right", "10.0.0.1"); !errors.As(err, &locked) {
		t.Fatalf("sixth try: %v", err)
	}
	if err := in("agent01", "right", "10.0.0.2"); err != nil {
		t.Errorf("from another address: %v", err)
	}
	if err := in("nobody", "right", "10.0.0.1"); !errors.Is(err, auth.ErrWrong) {
		t.Errorf("unknown user: %v", err)
	}
	clock.at = locked.Until
	if err := in("agent01", "right", "10.0.0.1"); err != nil {
		t.Errorf("after the lock-out: %v", err)
	}
}

func TestStoreAway(t *testing.T) {
	store := withAminah(t)
	signIns := opened(t, store, newClock())
	store.fail = errors.New("locked")
	if _, _, err := signIns.In(t.Context(), "agent01", "right", "127.0.0.1"); !errors.Is(err, store.fail) {
		t.Errorf("sign-in without store: %v", err)
	}
}

func TestOrigins(t *testing.T) {
	origins := auth.NewOrigins("http://localhost:8080")
	for _, c := range []struct {
		values []string
		want   bool
	}{
		{[]string{"http://localhost:8080"}, true},
		{nil, false},
		{[]string{""}, false},
		{[]string{"null"}, false},
		{[]string{"http://localhost:80801"}, false},
		{[]string{"https://localhost:8080"}, false},
		{[]string{"http://localhost:8080", "http://evil.example"}, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Origin"] = c.values
		if got := origins.Allowed(r); got != c.want {
			t.Errorf("origin %q: %v, want %v", c.values, got, c.want)
		}
	}
}

func TestDemoPeople(t *testing.T) {
	clusters := []string{"immigration", "public_service", "registration", "road_transport", "health", "home_affairs",
		"human_resources", "finance", "education", "federal_territories", "putrajaya"}
	covered := map[string]int{}
	people := auth.DemoPeople(clusters)
	for _, user := range people {
		mine, languages := user.Skills["cluster"], user.Skills["language"]
		switch {
		case user.ID == "agent01":
			if !slices.Equal(mine, clusters) || !slices.Equal(languages, auth.Languages()) {
				t.Errorf("agent01 lacks skills: %v", user.Skills)
			}
			continue
		case user.Role != auth.RoleAgent:
			continue
		case len(mine) < 2 || len(mine) > 3 || len(languages) != 2:
			t.Errorf("%s has %v", user.ID, user.Skills)
		}
		for _, cluster := range mine {
			for _, language := range languages {
				covered[cluster+" "+language]++
			}
		}
	}
	if len(people) != 22 {
		t.Errorf("%d people", len(people))
	}
	for _, cluster := range clusters {
		for _, language := range []string{"ms", "en"} {
			if covered[cluster+" "+language] == 0 {
				t.Errorf("nobody but agent01 for %s in %s", cluster, language)
			}
		}
	}
}

func TestSeedDemo(t *testing.T) {
	store, path := newMemory(), filepath.Join(t.TempDir(), "demo-password")
	for range 2 {
		if err := auth.SeedDemo(t.Context(), store, []string{"health"}, path); err != nil {
			t.Fatal(err)
		}
	}
	delete(store.users, "agent20") // as if the first start had been interrupted
	if err := auth.SeedDemo(t.Context(), store, []string{"health"}, path); err != nil || len(store.users) != 22 {
		t.Fatalf("%d people, %v", len(store.users), err)
	}
	real := newMemory()
	real.users["aminah"] = auth.User{ID: "aminah"}
	if err := auth.SeedDemo(t.Context(), real, []string{"health"}, path); err != nil || len(real.users) != 1 {
		t.Errorf("demo people beside real ones: %d, %v", len(real.users), err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	signIns := opened(t, store, newClock())
	for _, id := range []string{"agent20", "supervisor01", "admin01"} {
		if _, _, err := signIns.In(t.Context(), id, strings.TrimSpace(string(text)), "127.0.0.1"); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestCookie(t *testing.T) {
	want := "__Host-ctid=x; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Strict"
	if got := auth.Cookie("x").String(); got != want {
		t.Errorf("cookie %q, want %q", got, want)
	}
}

func FuzzPasswordHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaGhhc2hoYXNoaGFzaA")
	f.Add("$argon2id$v=19$m=999999999,t=1,p=1$$")
	f.Add("")
	f.Fuzz(func(t *testing.T, hash string) {
		if len(hash) > 200 {
			return
		}
		store := newMemory()
		store.users["u"] = auth.User{ID: "u", PasswordHash: hash}
		signIns := opened(t, store, newClock())
		if _, _, err := signIns.In(t.Context(), "u", "password", "a"); err == nil {
			t.Errorf("signed in with hash %q", hash)
		}
	})
}
