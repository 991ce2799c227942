package wire

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The golden files are the contract in examples: this test and the page's tests
// (cti/web/test/wire.test.ts) read the same ones.
const goldenDir = "../testdata/wire"

func goldenCard() *Card {
	return &Card{
		ID: "call-1", Phase: "offered", Lease: "lease-1", From: "0123456789", Name: "Encik Rahman", Lang: "ms",
		Cluster: "immigration", Queue: "agents", Path: []string{"Bahasa Melayu", "Pasport"}, WaitedMs: 40000,
		OfferedAt: 1763872200000, AnswerBy: 1763872220000,
		Earlier: []Earlier{{At: 1763785800000, Cluster: "immigration", Agent: "agent02", Disposition: "enquiry",
			Note: "first passport", Outcome: "answered"}},
	}
}

func changed(card *Card, change func(*Card)) *Card {
	change(card)
	return card
}

func goldenSelf() Self {
	return Self{
		Me: Me{ID: "agent01", Name: "Nurul Aina", Role: "agent",
			Skills:  map[string][]string{"cluster": {"immigration"}, "language": {"ms", "en"}},
			Reasons: []string{"break", "meal"}, Dispositions: []string{"enquiry", "complaint"}},
		Agent: AgentView{State: "ready", Since: 1763872100000},
		Line:  LineView{Status: "up", Epoch: 3, Mine: true},
		Link:  true,
	}
}

func goldenEvents() map[string]Event {
	connected := func(c *Card) { c.Phase, c.ConnectedAt = "talking", 1763872205000 }
	held := func(c *Card) { connected(c); c.Phase, c.HeldAt = "held", 1763872215000 }
	retrieved := func(c *Card) { connected(c); c.HeldMs = 4000 }
	ended := func(c *Card) { retrieved(c); c.Phase, c.EndedAt = "wrap_up", 1763872305000 }
	noted := func(c *Card) { ended(c); c.Disposition, c.Note = "enquiry", "told which papers to bring" }
	up := false
	return map[string]Event{
		"agent_state":    {Type: EventAgent, Agent: &AgentView{State: "reserved", Since: 1763872200000, Until: 1763872220000}},
		"line_status":    {Type: EventLine, Line: &LineView{Status: "restoring", Why: "no packets", Epoch: 3, Mine: true}},
		"line_drop":      {Type: EventLineDrop, Epoch: 3},
		"call_offered":   {Type: EventOffered, Call: goldenCard()},
		"call_connected": {Type: EventConnected, Call: changed(goldenCard(), connected)},
		"call_held":      {Type: EventHeld, Call: changed(goldenCard(), held)},
		"call_retrieved": {Type: EventRetrieved, Call: changed(goldenCard(), retrieved)},
		"call_ended":     {Type: EventReleased, Call: changed(goldenCard(), ended)},
		"call_data":      {Type: EventUpdated, Call: changed(goldenCard(), noted)},
		"call_diverted":  {Type: EventDiverted, How: "missed"},
		"call_cleared":   {Type: EventCleared},
		"link_status":    {Type: EventLink, Link: &up},
		"replaced":       {Type: EventReplaced},
	}
}

func goldenMessages() map[string]any {
	all := map[string]any{
		"hello":        Hello{T: KindHello, App: "1.0.0", Tab: "t1", CSRF: "c1"},
		"hello_resume": Hello{T: KindHello, App: "1.0.0", Tab: "t1", CSRF: "c1", Resume: &Cursor{Epoch: "e1", Seq: 7}},
		"welcome":      Welcome{T: KindWelcome, Epoch: "e1", Seq: 7, Now: 1763872200000, BeatEvery: 10000, DeadAfter: 25000},
		"snap":         Snap{T: KindSnap, Epoch: "e1", Seq: 7, Data: goldenSelf()},
		"snap_bare":    Snap{T: KindSnap, Epoch: "e1", Data: Self{Agent: AgentView{State: "logged_out"}, Line: LineView{Status: "down"}}},
		"res_ok":       Result{T: KindResult, ID: "x1", OK: true},
		"res_grant":    Result{T: KindResult, ID: "x1", OK: true, Data: json.RawMessage(`{"user":"agent01","secret":"s","leg":"n","epoch":4}`)},
		"res_err":      Result{T: KindResult, ID: "x1", Err: &Problem{Code: "offer_over", Message: "the offer is over"}, Replayed: true},
		"beat":         Beat{T: KindBeat, TS: 1763872200000},
		"bye":          Bye{T: KindBye, Code: CloseDrain, RetryMs: 1500, Why: "restart"},
		"cmd":          Command{T: KindCommand, ID: "x1", Type: CmdHold, Call: "call-1"},
		"cmd_data":     Command{T: KindCommand, ID: "x2", Type: CmdAnswer, Call: "call-1", Data: json.RawMessage(`{"lease":"lease-1"}`)},
	}
	for name, evt := range goldenEvents() {
		evt.T, evt.Seq, evt.TS = KindEvent, 8, 1763872200000
		all["evt_"+name] = evt
	}
	return all
}

func TestGolden(t *testing.T) {
	for name, msg := range goldenMessages() {
		t.Run(name, func(t *testing.T) {
			got, err := json.MarshalIndent(msg, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			path := filepath.Join(goldenDir, name+".json")
			if flag.Lookup("update").Value.String() == "true" {
				if err := os.WriteFile(path, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path) //nolint:gosec // a test's own file
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-file +now); go test ./cti/wire -update writes it anew:\n%s", path, diff)
			}
		})
	}
}

// Every event type of the contract has its example, and no file is left over.
func TestGoldenIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, evt := range goldenEvents() {
		seen[evt.Type] = true
	}
	for _, kind := range []string{EventAgent, EventLine, EventLineDrop, EventOffered, EventConnected, EventHeld, EventRetrieved,
		EventReleased, EventDiverted, EventCleared, EventUpdated, EventLink, EventReplaced} {
		if !seen[kind] {
			t.Errorf("no example of event %s", kind)
		}
	}
	files, err := filepath.Glob(filepath.Join(goldenDir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if want := len(goldenMessages()); len(files) != want {
		t.Errorf("%d files in %s, want %d", len(files), goldenDir, want)
	}
}

// What Go reads back from a file is what it wrote: no field without a place.
func TestGoldenDecodes(t *testing.T) {
	for name, evt := range goldenEvents() {
		data, err := os.ReadFile(filepath.Join(goldenDir, "evt_"+name+".json")) //nolint:gosec // a test's own file
		if err != nil {
			t.Fatal(err)
		}
		var got Event
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&got); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		evt.T, evt.Seq, evt.TS = KindEvent, 8, 1763872200000
		if diff := cmp.Diff(evt, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the golden files anew")
	flag.Parse()
	os.Exit(m.Run())
}
