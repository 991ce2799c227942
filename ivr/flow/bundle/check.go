package bundle

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
)

// check runs every check that needs more than one place.
func (b *builder) check() {
	b.checkSite()
	b.checkContent()
	for _, t := range b.flows {
		t.checkHead()
		t.checkSignature()
		for _, n := range t.nodes {
			n.checkOuts(t)
			n.checkExits(t)
			n.checkAsk(t)
			n.checkPrompts()
			n.checkNames(t)
			n.checkFields(t)
			n.checkCall(t)
			n.checkHTTP(t)
			n.checkCases()
			n.checkValues(t)
			n.checkSound()
		}
	}
	for _, s := range b.sources {
		b.checkSecrets(s)
	}
	b.checkGraph()
	b.checkRecursion()
	b.checkUnset()
	b.checkReserved()
	b.checkRecordings()
	b.checkHolidays()
	b.checkUnreadFiles()
	b.checkUnused()
}

func (b *builder) flowIDs() []string { return sortedKeys(b.program.Flows) }

func (b *builder) checkSite() {
	site := b.site
	for _, number := range sortedKeys(b.program.Numbers) {
		at := site.at["numbers."+number]
		b.checkFlow(site.text, at, b.program.Numbers[number].Flow)
	}
	if at := site.at["operator"]; at != nil {
		b.checkFlow(site.text, at, site.Operator)
	}
	for name, out := range site.Defaults.Exits {
		if out.Word == flow.ToNode || out.Word == flow.Return {
			site.complain(site.at["defaults.exits."+name], "E201", nil, "no flow is meant here; write flow:<id>")
			continue
		}
		b.checkOut(site.text, site.at["defaults.exits."+name], nil, out)
	}
	if _, known := b.program.Prompts.Slots(flow.PromptApology); !known && b.promptsWhole() && site.s.root != nil {
		site.complain(site.s.root, "E401", nil, "every bundle needs the prompt %q: it is said when another cannot be", flow.PromptApology)
	}
	b.checkExitNames(site.text, "defaults.exits.", sortedKeys(site.Defaults.Exits), handlerNames())
	for _, path := range []string{"defaults.no_input", "defaults.no_match"} {
		prompts := site.Defaults.NoInput
		if path == "defaults.no_match" {
			prompts = site.Defaults.NoMatch
		}
		for i, id := range prompts {
			site.prompt(itemAt(site.at[path], i), id, nil)
		}
	}
}

func (b *builder) checkFlow(t *text, at *yaml.Node, id string) {
	written := slices.ContainsFunc(b.sources, func(s *source) bool { return s.path == "flows/"+id+".yaml" })
	if b.program.Flows[id] == nil && !written && at != nil && id != "" {
		t.complain(at, "E215", b.flowIDs(), "there is no flow %q%s", id, nearest(id, b.flowIDs()))
	}
}

// checkOut looks whether a way out leads somewhere; f is nil outside of flows.
func (b *builder) checkOut(t *text, at *yaml.Node, f *flow.Flow, out flow.Out) {
	switch out.Word {
	case flow.ToNode:
		if f.Nodes[out.Target] == nil && !b.attempted(f, out.Target) && !b.full(t.s) {
			t.complain(at, "E201", nil, "there is no node %q in this flow%s", out.Target, nearest(out.Target, sortedKeys(f.Nodes)))
		}
	case flow.ToFlow:
		b.checkFlow(t, at, out.Target)
	case flow.Operator:
		if b.program.Operator == "" && b.readable("ivr.yaml") {
			t.complain(at, "E201", nil, "OPERATOR leads nowhere: ivr.yaml names no operator")
		}
	case flow.Home:
		if !b.anyHome() && b.readable("ivr.yaml") && b.readable("flows/") {
			t.complain(at, "E201", nil, "HOME leads nowhere: no flow that a number leads to has a menu")
		}
	case flow.Return:
		b.checkReturn(t, at, f, out)
	case flow.Hang, flow.Repeat, flow.Back, flow.None: // name no place
	}
}

func (b *builder) anyHome() bool {
	for _, entry := range b.program.Numbers {
		if f := b.program.Flows[entry.Flow]; f != nil && f.Home != "" {
			return true
		}
	}
	return false
}

// attempted tells whether a node of that name was written, though it could not be read.
func (b *builder) attempted(f *flow.Flow, id string) bool {
	t := b.textOf[f.ID]
	return t != nil && t.written[id]
}

// handlerNames lists what may stand in handlers and defaults.exits.
func handlerNames() []string {
	names := []string{"loop", "too_long", "hangup"}
	for _, t := range flow.Types() {
		for _, e := range t.Exits {
			if !slices.Contains(names, e.Name) {
				names = append(names, e.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func (b *builder) checkExitNames(t *text, path string, given, allowed []string) {
	for _, name := range given {
		if !slices.Contains(allowed, name) {
			t.complain(t.at[path+name+"@"], "E203", allowed, "%q is an exit that is never taken here%s", name, nearest(name, allowed))
		}
	}
}

// checkHead looks at a flow's own keys, handlers and start.
func (t *flowText) checkHead() {
	b := t.b
	if at := t.at["start"]; at != nil && t.f.Nodes[t.f.Start] == nil && !b.attempted(t.f, t.f.Start) {
		t.complain(at, "E207", nil, "there is no node %q to start at%s", t.f.Start, nearest(t.f.Start, sortedKeys(t.f.Nodes)))
	}
	for _, key := range sortedKeys(t.f.Keys) {
		b.checkOut(t.text, t.at["keys."+key], t.f, t.f.Keys[key])
	}
	for _, name := range sortedKeys(t.f.Handlers) {
		t.keyOnly(t.at["handlers."+name], t.f.Handlers[name])
		b.checkOut(t.text, t.at["handlers."+name], t.f, t.f.Handlers[name])
	}
	b.checkExitNames(t.text, "handlers.", sortedKeys(t.f.Handlers), handlerNames())
	for _, name := range []string{"error", "loop", "too_long"} {
		t.checkHandler(name)
	}
	t.checkHangup()
}

// keyOnly refuses NONE where there is no key to switch off.
func (t *text) keyOnly(at *yaml.Node, out flow.Out) {
	if out.Word == flow.None {
		t.complain(at, "E201", nil, "NONE only switches an inherited key off")
	}
}

// checkOuts looks at every way out that is written at the node.
func (n *nodeText) checkOuts(t *flowText) {
	for _, place := range n.writtenOuts() {
		if !strings.HasPrefix(place.path, "keys.") {
			n.keyOnly(n.place(place.path), place.out)
		}
		n.b.checkOut(n.text, n.place(place.path), t.f, place.out)
	}
}

type outAt struct {
	path string
	out  flow.Out
}

func (n *nodeText) writtenOuts() []outAt {
	all := []outAt{{"next", n.n.Next}}
	for _, name := range sortedKeys(n.n.Exits) {
		all = append(all, outAt{"exits." + name, n.n.Exits[name]})
	}
	if a := askOf(n.n.Spec); a != nil {
		for _, key := range sortedKeys(a.Keys) {
			all = append(all, outAt{"keys." + key, a.Keys[key]})
		}
	}
	switch spec := n.n.Spec.(type) {
	case *flow.Menu:
		all = append(all, n.choices(spec)...)
	case *flow.Switch:
		all = append(all, outAt{"else", spec.Else})
		for i, c := range spec.Cases {
			all = append(all, outAt{casePath(i, "next"), c.Next})
		}
	case *flow.Wait:
		all = append(all, outAt{"offer.to", spec.Offer.To})
	}
	return slices.DeleteFunc(all, func(o outAt) bool { return o.out.Zero() })
}

// choices gives the ways out of a menu, and complains of those that are none.
func (n *nodeText) choices(m *flow.Menu) []outAt {
	if m.Save != "" {
		return nil
	}
	var all []outAt
	for _, key := range sortedKeys(m.Choices) {
		out, ok := flow.ParseOut(m.Choices[key])
		if !ok && m.Choices[key] != "" {
			n.complain(n.place("choices."+key), "E201", flow.Words(), "%q is not a way out; for values name a variable in save", m.Choices[key])
		}
		all = append(all, outAt{"choices." + key, out})
	}
	return all
}

// checkExits looks for exits that are missing and for those that are never taken.
func (n *nodeText) checkExits(t *flowText) {
	taken, _ := n.n.Spec.Outs()
	known := slices.Clone(taken)
	optional := map[string]bool{}
	for _, e := range n.n.Type.Exits {
		known = append(known, e.Name)
		optional[e.Name] = e.Optional
	}
	call, calls := n.n.Spec.(*flow.SubFlow)
	if calls && n.b.program.Flows[call.Flow] == nil {
		return // nobody knows how it comes back
	}
	slices.Sort(known)
	known = slices.DeleteFunc(slices.Compact(known), func(name string) bool { return name == "next" })
	n.b.checkExitNames(n.text, "exits.", sortedKeys(n.n.Exits), known)
	for _, name := range taken {
		if optional[name] || calls && !n.comesBack(call, name) {
			continue
		}
		out, found := n.b.program.Exit(t.f, n.n, name)
		if !found && n.b.readable("ivr.yaml") {
			n.complain(n.key, "E202", nil, "the exit %q leads nowhere: not here, not in the flow's handlers, not in ivr.yaml", name)
		}
		if found && (name == "no_input" || name == "no_match") && n.dropped(t.f, out) {
			n.complain(n.place("exits."+name), "E216", nil, "after %s the call ends without a word; lead to a node with a prompt", name)
		}
	}
	if !n.n.Next.Zero() && !slices.Contains(taken, "next") {
		n.complain(n.place("next"), "E203", nil, "next is never taken here")
	}
}

// comesBack tells whether the exits of a call must hold this one: a flow that never takes
// RETURN alone needs no next, and outcomes are told as E213.
func (n *nodeText) comesBack(call *flow.SubFlow, exit string) bool {
	return exit == "error" || exit == "next" && n.b.returns(call.Flow, "")
}

// dropped tells whether a way out hangs up without a word.
func (n *nodeText) dropped(f *flow.Flow, out flow.Out) bool {
	if out.Word == flow.Hang {
		return true
	}
	end, ok := f.Nodes[out.Target]
	return out.Word == flow.ToNode && ok && end.Type.Name == "hangup" && !end.Spec.Speaks()
}
