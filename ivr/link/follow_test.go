package link

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"talian/ivr"
)

// played is an engine's side of the wire, played by hand.
type played struct {
	t    *testing.T
	conn *nats.Conn
}

func play(t *testing.T) (played, *Client) {
	t.Helper()
	dir := t.TempDir()
	server, err := StartServer(t.Context(), ServerOptions{Addr: "127.0.0.1:0", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	client, err := Dial(t.Context(), server.URL(), SeedFile(dir, UserCtid), ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		conn.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return played{t, conn}, client
}

func (p played) publish(subject string, message any) {
	p.t.Helper()
	data, err := json.Marshal(message)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.conn.Publish(subject, data); err != nil {
		p.t.Fatal(err)
	}
}

func marks(from, to uint64) []ivr.Fact {
	var facts []ivr.Fact
	for seq := from; seq <= to; seq++ {
		facts = append(facts, ivr.Fact{Seq: seq, Call: "c1", Body: ivr.CallMarked{Mark: "x"}})
	}
	return facts
}

// TestGaps loses messages on the way: a fact in the middle, then the newest one, so that
// only the sign of life tells of it. At the end the engine is another one.
func TestGaps(t *testing.T) {
	engine, client := play(t)
	asked := make(chan uint64, 8)
	last := make(chan uint64, 1)
	last <- 0
	_, err := engine.conn.Subscribe(subjectAfter, func(msg *nats.Msg) {
		var request afterRequest
		if err := json.Unmarshal(msg.Data, &request); err != nil {
			t.Error(err)
		}
		end := <-last
		last <- end
		data, err := json.Marshal(afterReply{Boot: "b1", Last: end, Facts: marks(request.After+1, end)})
		if err != nil {
			t.Error(err)
		}
		asked <- request.After
		if err := msg.Respond(data); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.conn.Flush(); err != nil {
		t.Fatal(err)
	}
	got, ended := make(chan uint64, 16), make(chan error, 1)
	go func() {
		ended <- client.Follow(t.Context(), 0, func(facts []ivr.Fact) error {
			for _, fact := range facts {
				got <- fact.Seq
			}
			return nil
		})
	}()
	expect(t, asked, 0) // at the beginning
	now := func(seq uint64) { <-last; last <- seq }
	now(1)
	engine.publish(subjectFacts, factsMessage{Boot: "b1", Prev: 0, Seq: 1, Facts: marks(1, 1)})
	expect(t, got, 1)
	now(3) // the message with fact 2 is lost
	engine.publish(subjectFacts, factsMessage{Boot: "b1", Prev: 2, Seq: 3, Facts: marks(3, 3)})
	expect(t, asked, 1)
	expect(t, got, 2)
	expect(t, got, 3)
	now(4) // the message with fact 4 is lost, nothing follows
	engine.publish(subjectAlive, aliveMessage{Boot: "b1", Seq: 4})
	expect(t, asked, 3)
	expect(t, got, 4)
	engine.publish(subjectFacts, factsMessage{Boot: "b1", Prev: 3, Seq: 4, Facts: marks(4, 4)}) // a repeat
	engine.publish(subjectFacts, factsMessage{Boot: "b1", Prev: 4, Seq: 5, Facts: marks(5, 5)})
	expect(t, got, 5)
	engine.publish(subjectAlive, aliveMessage{Boot: "b2", Seq: 5})
	select {
	case err := <-ended:
		if !errors.Is(err, ErrSnapshot) {
			t.Errorf("Follow ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Follow goes on with another engine")
	}
}

func expect(t *testing.T, c <-chan uint64, want uint64) {
	t.Helper()
	select {
	case got := <-c:
		if got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	case <-time.After(5 * time.Second):
		t.Fatalf("no %d within 5 s", want)
	}
}
