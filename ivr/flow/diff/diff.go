package diff

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"talian/ivr/flow"
	"talian/ivr/hours"
)

// Kind says what became of something.
type Kind string

// The kinds.
const (
	Added   Kind = "added"
	Removed Kind = "removed"
	Changed Kind = "changed"
)

// Change is one difference.
type Change struct {
	Kind  Kind
	Where string // "main.topic", "prompt welcome (ta)", "calendar office" ...
	Text  string // "key 5 now goes to work instead of place"
	Flow  string // of a change in a flow
	Node  string // of a change in a node
}

// String gives the change as a sentence.
func (c Change) String() string { return c.Where + ": " + c.Text }

// Between lists what differs in after, in the order: site, flows, prompts, the rest.
func Between(before, after *flow.Program) []Change {
	d := &differ{}
	d.site(before, after)
	both(before.Flows, after.Flows, d.flow)
	d.prompts(before, after)
	both(before.Calendars, after.Calendars, d.calendar)
	things(d, "queue", before.Queues, after.Queues)
	things(d, "box", before.Boxes, after.Boxes)
	things(d, "desk", before.Desks, after.Desks)
	things(d, "service", before.Services, after.Services)
	things(d, "topics", before.Topics, after.Topics)
	things(d, "survey", before.Surveys, after.Surveys)
	both(before.Skills, after.Skills, func(kind string, a, b map[string]string, inA, inB bool) {
		d.values("skill "+kind, flatten(a), flatten(b))
	})
	d.values("env", flatten(before.Env), flatten(after.Env))
	return d.changes
}

type differ struct{ changes []Change }

func (d *differ) tell(kind Kind, where, format string, args ...any) {
	d.changes = append(d.changes, Change{Kind: kind, Where: where, Text: fmt.Sprintf(format, args...)})
}

// both calls each for every key of two maps, in order.
func both[V any](a, b map[string]V, each func(key string, a, b V, inA, inB bool)) {
	keys := map[string]bool{}
	for key := range a {
		keys[key] = true
	}
	for key := range b {
		keys[key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		x, inA := a[key]
		y, inB := b[key]
		each(key, x, y, inA, inB)
	}
}

// things compares what has a name and fields.
func things[V any](d *differ, what string, a, b map[string]V) {
	both(a, b, func(name string, x, y V, inA, inB bool) {
		where := what + " " + name
		switch {
		case !inA:
			d.tell(Added, where, "is new")
		case !inB:
			d.tell(Removed, where, "is gone")
		default:
			d.values(where, flatten(x), flatten(y))
		}
	})
}

// values tells the fields that differ.
func (d *differ) values(where string, a, b map[string]string) {
	both(a, b, func(path, x, y string, _, _ bool) {
		if x != y {
			d.changes = append(d.changes, value(where, path, x, y))
		}
	})
}

// value tells one field in plain words.
func value(where, path, before, after string) Change {
	c := Change{Where: where, Kind: Changed}
	name := strings.ReplaceAll(path, ".", " ")
	switch {
	case before == "":
		c.Kind, c.Text = Added, fmt.Sprintf("%s is now %s", name, after)
	case after == "":
		c.Kind, c.Text = Removed, fmt.Sprintf("%s is no longer %s", name, before)
	default:
		c.Text = fmt.Sprintf("%s is now %s instead of %s", name, after, before)
	}
	return c
}

func (d *differ) site(a, b *flow.Program) {
	both(a.Numbers, b.Numbers, func(number string, x, y flow.Entry, inA, inB bool) {
		where := "number " + number
		switch {
		case !inA:
			d.tell(Added, where, "is answered by %s", entry(y))
		case !inB:
			d.tell(Removed, where, "is answered by nothing any more, before by %s", entry(x))
		case x != y:
			d.tell(Changed, where, "is answered by %s instead of %s", entry(y), entry(x))
		}
	})
	site := func(p *flow.Program) map[string]string {
		all := flatten(p.Limits)
		for key, text := range map[string]string{"languages": strings.Join(p.Languages, ", "), "default language": p.Default, "operator": p.Operator, "timezone": p.Location.String()} {
			all[key] = text
		}
		for exit, out := range p.Exits {
			all["default exit "+exit] = out.String()
		}
		return all
	}
	d.values("site", site(a), site(b))
}

func entry(e flow.Entry) string {
	if e.Revision == "" {
		return e.Flow
	}
	return e.Flow + " of the revision " + e.Revision
}

func (d *differ) prompts(a, b *flow.Program) {
	if a.Prompts == nil || b.Prompts == nil {
		return
	}
	texts := func(p *flow.Program) map[string]map[string]string {
		all := map[string]map[string]string{}
		for _, id := range p.Prompts.IDs() {
			all[id] = map[string]string{}
			for _, lang := range p.Prompts.Langs() {
				if text, has := p.Prompts.Text(id, lang); has {
					all[id][lang] = text
				}
			}
		}
		return all
	}
	both(texts(a), texts(b), func(id string, x, y map[string]string, inA, inB bool) {
		switch {
		case !inA:
			d.tell(Added, "prompt "+id, "is new")
			return
		case !inB:
			d.tell(Removed, "prompt "+id, "is gone")
			return
		}
		both(x, y, func(lang, before, after string, _, _ bool) {
			if before != after {
				d.tell(Changed, fmt.Sprintf("prompt %s (%s)", id, lang), "says %q instead of %q", after, before)
			}
		})
		before, _ := a.Prompts.Slots(id)
		after, _ := b.Prompts.Slots(id)
		d.values("prompt "+id, named("slot", flatten(before)), named("slot", flatten(after)))
	})
}

func named(what string, values map[string]string) map[string]string {
	all := map[string]string{}
	for name, text := range values {
		all[what+" "+name] = text
	}
	return all
}

func (d *differ) calendar(name string, a, b *hours.Calendar, inA, inB bool) {
	where := "calendar " + name
	switch {
	case !inA:
		d.tell(Added, where, "is new")
		return
	case !inB:
		d.tell(Removed, where, "is gone")
		return
	}
	rules := func(c *hours.Calendar) map[string]string {
		all := map[string]string{"timezone": c.Location().String()}
		for day := range time.Saturday + 1 {
			all[day.String()] = open(c.Week(day))
		}
		for _, s := range c.Specials() {
			days := s.First.Format(time.DateOnly)
			if !s.Last.Equal(s.First) {
				days += " to " + s.Last.Format(time.DateOnly)
			}
			all[days+" ("+s.Name+")"] = open(s.Open)
		}
		return all
	}
	d.values(where, rules(a), rules(b))
}

func open(windows []string) string {
	if len(windows) == 0 {
		return "closed"
	}
	return "open " + strings.Join(windows, " and ")
}

// equal tells whether two nodes do the same.
func equal(a, b *flow.Node) bool { return reflect.DeepEqual(fieldsOf(a), fieldsOf(b)) }
