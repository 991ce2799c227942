package bundle

import (
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"

	"talian/ivr/flow"
)

// checkDepth warns of menus that lie deeper than three below the start.
func (b *builder) checkDepth() {
	for _, t := range b.flows {
		depth := map[string]int{t.f.Start: 0}
		for next := []string{t.f.Start}; len(next) > 0; next = next[1:] {
			n := t.f.Nodes[next[0]]
			if n == nil {
				continue
			}
			below := depth[n.ID]
			if n.Type.Name == "menu" {
				below++
			}
			for _, way := range t.b.waysOf(t.f, n) {
				if _, seen := depth[way.out.Target]; way.out.Word == flow.ToNode && !seen {
					depth[way.out.Target] = below
					next = append(next, way.out.Target)
				}
			}
		}
		for _, n := range t.nodes {
			if n.n.Type.Name == "menu" && depth[n.n.ID] >= 3 {
				n.complain(n.key, "W702", nil, "a menu below %d others; more than three levels lose callers", depth[n.n.ID])
			}
		}
	}
}

// checkUnused warns of what nothing uses, once there are no errors: what is unused is often
// meant by a name that was written wrongly.
func (b *builder) checkUnused() {
	if len(Errors(b.problems)) > 0 {
		return
	}
	b.checkUnusedFlows()
	hubs, surveys := map[string]bool{}, map[string]bool{}
	for _, t := range b.flows {
		t.checkUnusedVars()
		for _, n := range t.nodes {
			switch spec := n.n.Spec.(type) {
			case *flow.Hub:
				hubs[spec.Topics] = true
			case *flow.Inquiry:
				surveys[spec.Survey] = true
			}
		}
	}
	for _, t := range b.topics {
		if !hubs[t.id] {
			t.complain(t.s.root, "W706", nil, "no hub tells the topics %q", t.id)
		}
	}
	for _, t := range b.surveys {
		if !surveys[t.id] {
			t.complain(t.s.root, "W706", nil, "no node asks the survey %q", t.id)
		}
	}
	b.checkUnusedPrompts()
}

// checkUnreadFiles warns of files that somebody may believe to be part of the bundle: those of
// its folders with another ending, and YAML beside its own files.
func (b *builder) checkUnreadFiles() {
	var folders, known []string
	for _, kind := range Kinds() {
		folders, known = append(folders, path.Dir(kind.Files)), append(known, kind.Files)
	}
	slices.Sort(folders)
	for _, folder := range slices.Compact(folders) {
		entries, err := fs.ReadDir(b.files, folder)
		if err != nil {
			continue // there is none such
		}
		for _, entry := range entries {
			name := path.Join(folder, entry.Name())
			ending := strings.ToLower(path.Ext(name))
			if _, read := KindOf(name); read || entry.IsDir() || hidden(name) || ending != ".yaml" && ending != ".yml" {
				continue
			}
			right := strings.TrimSuffix(name, path.Ext(name)) + ".yaml"
			if _, fits := KindOf(right); !fits {
				right = mistyped(right, known)
			}
			advice := ""
			if right != "" {
				advice = fmt.Sprintf("; was %s meant?", right)
			}
			b.complainAt(&source{path: name}, 1, 1, "W706", nil, "nobody reads this file%s", advice)
		}
	}
}

// mistyped gives the name from which one differs by two letters at most; "" when there is none.
func mistyped(name string, known []string) string {
	for _, k := range known {
		if len(name) < 64 && distance(name, k) <= 2 {
			return k
		}
	}
	return ""
}

func (b *builder) checkUnusedFlows() {
	used := map[string]bool{b.program.Operator: true}
	for _, entry := range b.program.Numbers {
		used[entry.Flow] = true
	}
	note := func(out flow.Out) {
		if out.Word == flow.ToFlow {
			used[out.Target] = true
		}
	}
	for _, out := range b.program.Exits {
		note(out)
	}
	for _, t := range b.flows {
		for _, ways := range []map[string]flow.Out{t.f.Handlers, t.f.Keys} {
			for _, out := range ways {
				note(out)
			}
		}
		for _, n := range t.nodes {
			for _, way := range b.waysOf(t.f, n.n) {
				note(way.out)
			}
		}
		for called := range b.callsOf(t.f.ID) {
			used[called] = true
		}
	}
	for _, t := range b.flows {
		if !used[t.f.ID] {
			t.complain(t.s.root, "W706", nil, "no number and no flow leads to %q", t.f.ID)
		}
	}
}

func (t *flowText) checkUnusedVars() {
	read := map[string]bool{}
	for _, name := range t.f.Outputs {
		read[name] = true
	}
	for _, n := range t.nodes {
		for _, w := range n.exprs {
			for _, name := range w.x.Names() {
				read[name] = true
			}
		}
		if asks, isHTTP := n.n.Spec.(*flow.HTTP); isHTTP {
			for _, blank := range asks.Blanks() {
				read[blank.Name] = true
			}
		}
	}
	for _, survey := range t.b.surveys {
		for _, w := range survey.exprs {
			for _, name := range w.x.Names() {
				read[name] = true
			}
		}
	}
	for _, name := range sortedKeys(t.f.Vars) {
		if !read[name] {
			t.complain(t.at["vars."+name], "W706", nil, "nothing reads the variable %q", name)
		}
	}
}

// checkUnusedPrompts warns of prompts that nothing says.
func (b *builder) checkUnusedPrompts() {
	said := map[string]bool{}
	note := func(ids ...string) {
		for _, id := range ids {
			said[id] = true
		}
	}
	note(reserved()...)
	note(sortedKeys(b.saidBySlot)...)
	note(b.site.Defaults.NoInput...)
	note(b.site.Defaults.NoMatch...)
	for _, t := range b.flows {
		for _, n := range t.nodes {
			for _, s := range promptFields(reflect.ValueOf(n.n.Spec).Elem(), "") {
				note(s.ids...)
			}
			if wait, queues := n.n.Spec.(*flow.Wait); queues {
				note(wait.Announce.PositionPrompt, wait.Announce.WaitPrompt)
			}
		}
	}
	for _, topics := range b.program.Topics {
		for _, topic := range topics.List {
			note(append(topic.Body, topic.Title)...)
			for _, inner := range topic.List {
				note(append(inner.Body, inner.Title)...)
			}
		}
	}
	for _, survey := range b.program.Surveys {
		note(survey.Intro...)
		for _, q := range survey.Questions {
			note(q.Prompt...)
		}
	}
	for _, id := range b.program.Prompts.IDs() {
		if !said[id] && !b.program.Prompts.Borrowed(id) {
			at, _ := b.program.Prompts.Place(id, "")
			b.complainIn(at, "W706", nil, "nothing says the prompt %q", id)
		}
	}
}
