package line_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"talian/ivr/asterisk/aritest"
)

// TestOldPageIsLeftAlone: the page of an older claim is still registered, and the newer
// claim's is not: nothing is sent to the old one, whose socket may be gone unseen.
func TestOldPageIsLeftAlone(t *testing.T) {
	bubble(t, func(d *desk) {
		d.register(d.claim()).Ignore()
		g := d.claim()
		d.pass(10 * time.Second)
		d.expect("before the new page", true, "leg-anna-1-1")
		d.register(g)
		d.expect("new page", true, "leg-anna-2-2")
		if got := d.fake.Channels(); !slices.Equal(got, []string{"leg-anna-2-2"}) {
			t.Errorf("channels %v", got)
		}
	})
}

// TestSocketLostWhileDialled: the INVITE went to a socket that had ended. The page comes
// back on another one and is dialled at once, not when the lost INVITE has run out.
func TestSocketLostWhileDialled(t *testing.T) {
	bubble(t, func(d *desk) {
		g := d.claim()
		page := d.registerAs(g, (*aritest.Page).Ignore)
		d.expect("not answered", false)
		page.Close()
		synctest.Wait()
		d.register(g)
		d.expect("back on another socket", true, "leg-anna-1-2")
		if got := d.fake.Channels(); !slices.Equal(got, []string{"leg-anna-1-2"}) {
			t.Errorf("channels %v", got)
		}
	})
}

// TestNoSound: a leg is answered, but ICE or DTLS fail: it is dialled anew after 3 s, without
// a word of the page, and what was the line until then stays until the new leg is heard.
func TestNoSound(t *testing.T) {
	bubble(t, func(d *desk) {
		page := d.registerAs(d.claim(), (*aritest.Page).Mute)
		d.expect("answered", false, "leg-anna-1-1")
		page.Unmute()
		d.pass(2900 * time.Millisecond)
		d.expect("not heard", false, "leg-anna-1-1")
		d.pass(200 * time.Millisecond)
		d.expect("dialled anew", true, "leg-anna-1-2")

		page = d.registerAs(d.claim(), (*aritest.Page).Mute)
		d.expect("the new one is not heard", true, "leg-anna-1-2", "leg-anna-2-3")
		page.Unmute()
		d.pass(4 * time.Second)
		d.expect("the new one is heard", true, "leg-anna-2-4")
		if got := d.fake.Channels(); !slices.Equal(got, []string{"leg-anna-2-4"}) {
			t.Errorf("channels %v", got)
		}
	})
}

// TestAnsweredUnseen: the leg was answered while the events were away: it is dialled anew.
func TestAnsweredUnseen(t *testing.T) {
	bubble(t, func(d *desk) {
		d.registerAs(d.claim(), func(*aritest.Page) { d.fake.Cut() })
		d.pass(3 * time.Second)
		if got := d.fake.Channels(); len(got) != 1 {
			t.Errorf("channels %v", got)
		}
		d.expect("events are back", true, d.fake.Channels()...)
	})
}

// TestRefused: the right page is there, but does not take the leg; one try a second.
func TestRefused(t *testing.T) {
	bubble(t, func(d *desk) {
		g := d.claim()
		if _, err := d.fake.Register(g.User, g.Secret, func(string) bool { return false }); err != nil {
			t.Fatal(err)
		}
		d.pass(10 * time.Second)
		if n := d.dialled(); n < 5 || n > 12 {
			t.Errorf("%d INVITEs in 10 s", n)
		}
		d.register(g)
		d.pass(time.Second)
		d.expect("takes it", true, d.fake.Channels()...)
	})
}

// TestRegisteredUnseen: the page registered while the events were away.
func TestRegisteredUnseen(t *testing.T) {
	bubble(t, func(d *desk) {
		g := d.claim()
		d.fake.Cut()
		d.register(g)
		d.pass(3 * time.Second)
		d.expect("events are back", true, d.fake.Channels()...)
	})
}
