package ariconform

import (
	"testing"
	"time"

	"talian/ivr/asterisk"
	"talian/ivr/asterisk/aritest"
	"talian/test/stage"
)

// fake is the world of the fake Asterisk.
type fake struct{ ari *aritest.Asterisk }

func (f *fake) config() asterisk.Config { return f.ari.Config() }

func (f *fake) silence() string { return "/sounds/second" }

type fakeCaller struct{ *aritest.Caller }

func (c fakeCaller) press(_ *testing.T, key string) { c.Press(key) }
func (c fakeCaller) hangup(*testing.T)              { c.Hangup() }

func (f *fake) dial(*testing.T) caller { return fakeCaller{f.ari.Call(stage.Number, "0123456789")} }

type fakePage struct{ *aritest.Page }

func (p fakePage) leave(*testing.T) {
	for _, leg := range p.Legs() { // a page that is closed in good order says BYE
		p.Hangup(leg)
	}
	p.Close()
}

func (f *fake) page(t *testing.T, user, secret string) page {
	p, err := f.ari.Register(user, secret, func(nonce string) bool { return nonce == "good" })
	if err != nil {
		t.Fatal(err)
	}
	return fakePage{p}
}

func (f *fake) outside(*testing.T) {
	f.ari.Outsiders(func(number string) aritest.Outside {
		return map[string]aritest.Outside{numberBusy: {Busy: true}, numberSilent: {Silent: true}, numberNone: {Unknown: true}}[number]
	})
}

func (f *fake) hangUpOutside(*testing.T) { f.ari.Called(numberGood).Hangup() }

func startFake(t *testing.T) *fake { return &fake{aritest.New(t, aritest.Play(time.Second))} }
