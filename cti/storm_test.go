package cti_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"talian/cti/wire"
)

// TestStorm: all pages of a call centre come back at once, as after a restart.
func TestStorm(t *testing.T) {
	const pages = 277
	s := open(t)
	var browsers []*browser
	for n := range 20 {
		browsers = append(browsers, s.signIn(fmt.Sprintf("agent%02d", n+1)))
	}
	took, errs := make([]time.Duration, pages), make([]error, pages)
	var all sync.WaitGroup
	for i := range pages {
		all.Go(func() { took[i], errs[i] = browsers[i%len(browsers)].comeBack(fmt.Sprint("t", i)) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(took)
	t.Logf("%d pages: median %s, p99 %s, worst %s", pages, took[pages/2], took[pages*99/100], took[pages-1])
	if took[pages*99/100] > 2*time.Second {
		t.Errorf("p99 %s", took[pages*99/100])
	}
}

// comeBack measures from the handshake to the snapshot.
func (b *browser) comeBack(tab string) (time.Duration, error) {
	began := time.Now()
	conn, _, err := b.dial()
	if err != nil {
		return 0, err
	}
	b.site.t.Cleanup(func() { _ = conn.Close() })
	err = firstSnap(conn, wire.Hello{T: wire.KindHello, Tab: tab, CSRF: b.csrf}, began)
	return time.Since(began), err
}

func firstSnap(conn *websocket.Conn, hello wire.Hello, began time.Time) error {
	if err := conn.SetReadDeadline(began.Add(10 * time.Second)); err != nil {
		return err
	}
	if err := conn.WriteJSON(hello); err != nil {
		return err
	}
	var snap wire.Snap
	for snap.T != wire.KindSnap {
		if err := conn.ReadJSON(&snap); err != nil {
			return err
		}
	}
	return nil
}
