package flow_test

import (
	"strings"
	"testing"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
)

const hub = `ivr: 1
flow: main
start: first
keys: {"0": OPERATOR, "*": BACK, "#": REPEAT}
handlers: {loop: long, too_long: long}
nodes:
  first: {type: menu, prompt: ask, choices: {"1": news, "2": bye}, exits: {no_input: bye, no_match: bye}}
  news: {type: hub, topics: news, prompt: topics_intro, per_page: %PAGE%, next: one, exits: {done: one, no_input: quiet, no_match: bye, error: long}}
  quiet: {type: say, prompt: second, next: bye}
` + tail

// loadHub loads the flow; the hub has no way next, for done is its end.
func loadHub(t *testing.T, page string) *flow.Program {
	t.Helper()
	return outside(t, replace(hub, "%PAGE%", page, " next: one, exits: {done", " exits: {done"))
}

// says gives the words of what plays, joined.
func (c *phone) says() string {
	c.t.Helper()
	var text strings.Builder
	if c.play != nil {
		for _, item := range c.play.Items {
			text.WriteString(item.Text + " ")
		}
	}
	return strings.Join(strings.Fields(strings.NewReplacer(",", " ", ".", " ").Replace(text.String())), " ")
}

// lists fails unless these are the words.
func (c *phone) lists(want ...string) {
	c.t.Helper()
	if got := c.says(); got != strings.Join(want, " ") {
		c.t.Fatalf("says %q, want %q; facts %v", got, strings.Join(want, " "), c.facts)
	}
}

func TestHubTellsTopics(t *testing.T) {
	t.Parallel()
	p := loadHub(t, "2")
	c := dial(t, p)
	c.press("1")
	c.lists("Information For passports press one For taxes press two For more press three")
	c.press("3")
	c.lists("For roads press one For more press two")
	c.press("2")
	c.lists("For passports press one For taxes press two For more press three")
	c.press("1")
	c.hears("body_passport", "second", "hub_after")
	c.listens()
	c.waits(7 * time.Second)
	c.hears("silence1", "hub_after")
	c.press("1")
	c.hears("body_passport", "second", "hub_after")
	c.press("#") // once more
	c.hears("body_passport", "second", "hub_after")
	c.press("2")
	c.lists("For passports press one For taxes press two For more press three")
	c.press("31")
	c.hears("body_road", "hub_after")
	c.restarts()
	c.hears("body_road", "hub_after")
	c.press("2")
	c.lists("For roads press one For more press two") // the page that it is on
	c.press("13")
	c.node("one")
	chosen := told[ivr.CallChose](c)
	if len(chosen) != 4 || chosen[1] != (ivr.CallChose{Flow: "main", Node: "news", Key: "1", Choice: "passport", Words: "Passport renewal"}) || chosen[3].Choice != "road" {
		t.Fatal(chosen)
	}
}

func TestHubGroups(t *testing.T) {
	t.Parallel()
	c := dial(t, loadHub(t, "5"))
	c.press("1")
	c.lists("Information For passports press one For taxes press two For roads press three")
	c.press("2")
	c.lists("For income tax press one For land tax press two")
	c.restarts()
	c.lists("For income tax press one For land tax press two")
	c.press("2")
	c.hears("body_land", "hub_after")
	c.press("2")
	c.lists("For income tax press one For land tax press two")
	c.press("#")
	c.lists("For income tax press one For land tax press two")
	c.press("1*")
	c.lists("For income tax press one For land tax press two")
	c.press("*")
	c.lists("For passports press one For taxes press two For roads press three")
	c.press("*")
	c.hears("ask")
	c.node("first")
	c.press("1213") // typed ahead to the end
	c.node("one")
}

// TestHubGoesByTheDay: from and until are days in the site's zone, both among the valid.
func TestHubGoesByTheDay(t *testing.T) {
	t.Parallel()
	p := loadHub(t, "5")
	for moment, words := range map[string]string{
		"2026-03-04T23:59:59+08:00": "Information For passports press one For taxes press two For roads press three",
		"2026-03-05T00:00:00+08:00": "Information For passports press one For haze press two For taxes press three For roads press four",
		"2026-03-10T15:59:59Z":      "Information For passports press one For haze press two For taxes press three For roads press four",
		"2026-03-10T16:00:00Z":      "Information For passports press one For taxes press two For roads press three",
	} {
		c := newPhone(t, p).at(moment)
		c.step(flow.Start{})
		c.press("1")
		c.lists(words)
	}
	// What was offered stays while the caller listens.
	c := newPhone(t, p).at("2026-03-10T23:59:59+08:00")
	c.step(flow.Start{})
	c.press("1")
	c.listens()
	c.waits(5 * time.Second)
	c.press("2")
	c.hears("body_haze", "hub_after")
	// A group of which nothing is valid is left out, and so is a hub.
	c = newPhone(t, p).at("2026-03-04T10:00:00+08:00")
	p.Topics["news"].List = p.Topics["news"].List[2:3]
	p.Topics["news"].List[0].List = p.Topics["news"].List[0].List[1:]
	c.step(flow.Start{})
	c.press("1")
	c.lists("Information For taxes press one")
	c.press("1")
	c.lists("For land tax press one")
	c = newPhone(t, p).at("2026-03-05T10:00:00+08:00")
	c.step(flow.Start{})
	c.press("1")
	c.node("one")
	if faults := told[ivr.CallFault](c); len(faults) != 1 {
		t.Fatal(faults)
	}
}

func TestHubExits(t *testing.T) {
	t.Parallel()
	p := loadHub(t, "5")
	c := dial(t, p)
	c.press("1")
	for _, wait := range []time.Duration{7, 10, 13} {
		c.listens()
		c.waits(wait * time.Second)
	}
	c.node("quiet")
	c = dial(t, p)
	c.press("19")
	c.lists("Wrong key For passports press one For taxes press two For roads press three")
	c.press("99")
	c.node("bye")
	c = dial(t, p) // after a topic silence and wrong keys are the end alike
	c.press("11")
	c.press("99")
	c.listens()
	c.waits(13 * time.Second)
	c.node("one")
	c = dial(t, p)
	c.press("11")
	c.press("0")
	c.hears("second")
	c = dial(t, p)
	c.press("1")
	c.step(flow.Played{ID: c.play.ID, Failed: true})
	c.hears("too_long")
	c = dial(t, p)
	c.press("12")
	c.step(flow.HungUp{})
	c.ends("caller")
	// An exit leads where it says, also one that is written as BACK.
	c = dial(t, outside(t, replace(hub, "%PAGE%", "5", " next: one, exits: {done: one", " exits: {done: BACK", "no_match: bye, error", "no_match: one, error")))
	c.press("11")
	c.press("3")
	c.hears("ask")
}
