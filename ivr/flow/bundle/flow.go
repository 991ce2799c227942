package bundle

import (
	"slices"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
)

// flowText is one flow with the places of its parts.
type flowText struct {
	*text
	f     *flow.Flow
	nodes []*nodeText // as written
	env   *flow.Env

	written map[string]bool // ids of all nodes, also of those that could not be read
	unset   *unset
	reached map[string]map[string]bool // by name: nodes that can be entered after it was given
	pii     map[string]bool            // variables that are personal
	way     map[string]bool            // nodes that a caller can be at
}

// nodeText is one node with the places of its fields.
type nodeText struct {
	*text
	n    *flow.Node
	key  *yaml.Node
	body *yaml.Node
}

type flowHead struct {
	IVR      int                 `flow:"ivr,required"`
	Flow     string              `flow:"flow,required"`
	About    string              `flow:"about"`
	Keys     map[string]flow.Out `flow:"keys" is:"key"`
	Handlers map[string]flow.Out `flow:"handlers"`
	Start    string              `flow:"start,required" code:"E207"`
	Inputs   []string            `flow:"inputs"`
	Outputs  []string            `flow:"outputs"`
	Outcomes []string            `flow:"outcomes"`
}

type nodeHead struct {
	Type   string              `flow:"type,required"`
	About  string              `flow:"about"`
	Mark   string              `flow:"mark"`
	Visits int                 `flow:"visits" default:"20" min:"1" max:"1000"`
	Next   flow.Out            `flow:"next"`
	Exits  map[string]flow.Out `flow:"exits"`
}

type varText struct {
	Type    string   `flow:"type,required"`
	Of      []string `flow:"of"`
	Default string   `flow:"default"`
	PII     bool     `flow:"pii"`
}

func (b *builder) readFlow(s *source) {
	t := &flowText{text: &text{b: b, s: s, at: places{}}, reached: map[string]map[string]bool{}}
	var head flowHead
	if !t.fields(s.root, &head, "", "vars", "nodes") {
		return
	}
	if head.IVR != 1 && t.at["ivr"] != nil {
		t.complain(t.at["ivr"], "E107", []string{"1"}, "grammar version %d is unknown", head.IVR)
	}
	if head.Flow != s.stem() && t.at["flow"] != nil {
		t.complain(t.at["flow"], "E108", nil, "flow %q must be in %s.yaml", head.Flow, head.Flow)
	}
	t.f = &flow.Flow{ID: s.stem(), About: head.About, Start: head.Start, Keys: head.Keys, Handlers: head.Handlers,
		Inputs: head.Inputs, Outputs: head.Outputs, Outcomes: head.Outcomes,
		Vars: map[string]flow.Var{}, Nodes: map[string]*flow.Node{}}
	t.id(s.stem(), s.root)
	if vars := valueOf(s.root, "vars"); vars != s.root {
		t.pairs(vars, t.variable)
	}
	nodes := valueOf(s.root, "nodes")
	if nodes == s.root {
		t.complain(s.root, "E105", nil, "%q is missing", "nodes")
	} else {
		t.pairs(nodes, t.node)
	}
	t.written = map[string]bool{}
	if nodes != s.root && nodes.Kind == yaml.MappingNode {
		for i := 0; i < len(nodes.Content); i += 2 {
			t.written[nodes.Content[i].Value] = true
		}
	}
	b.flows = append(b.flows, t)
	b.program.Flows[t.f.ID], b.textOf[t.f.ID] = t.f, t
}

// id looks whether something has a name that can be one.
func (t *text) id(id string, at *yaml.Node) {
	if !flow.ValidID(id) {
		t.complain(at, "E109", nil, "%q is not an id: a-z, 0-9 and _, beginning with a letter, 48 at most", id)
	}
}

func (t *flowText) variable(key, value *yaml.Node) {
	var v varText
	path := "vars." + key.Value + "."
	t.at["vars."+key.Value] = key
	t.id(key.Value, key)
	if slices.Contains(flow.BuiltIn(), key.Value) {
		t.complain(key, "E109", nil, "%q is a name of the language", key.Value)
	}
	if !t.fields(value, &v, path) {
		return
	}
	if !slices.Contains(flow.VarTypes(), v.Type) {
		if at := t.at[path+"type"]; at != nil {
			t.complain(at, "E105", flow.VarTypes(), "%q is not a type%s", v.Type, nearest(v.Type, flow.VarTypes()))
		}
		v.Type = string(flow.Text)
	}
	declared := flow.Var{Type: flow.VarType(v.Type), Of: v.Of, Default: v.Default, PII: v.PII}
	if declared.Type == flow.Enum && len(v.Of) == 0 {
		t.complain(value, "E105", nil, "%q is missing: the values of the enum", "of")
	}
	if _, err := declared.Read(v.Default); err != nil {
		t.complain(t.at[path+"default"], "E507", v.Of, "the default does not fit: %v", err)
	}
	t.f.Vars[key.Value] = declared
}

func (t *flowText) node(key, value *yaml.Node) {
	t.id(key.Value, key)
	if _, taken := t.f.Vars[key.Value]; taken || slices.Contains(flow.BuiltIn(), key.Value) {
		t.complain(key, "E109", nil, "%q names a variable or a name of the language already", key.Value)
	}
	if value.Kind != yaml.MappingNode {
		t.complain(value, "E105", nil, "a node is a mapping with a type")
		return
	}
	n := &nodeText{text: &text{b: t.b, s: t.s, at: places{}}, key: key, body: value}
	typ := n.kind()
	if typ == nil {
		return
	}
	var head nodeHead
	spec := typ.New()
	n.n = &flow.Node{ID: key.Value, Type: typ, Spec: spec, Pos: flow.Pos{File: t.s.path, Line: key.Line, Col: key.Column}}
	heads, own := split(value)
	n.fields(heads, &head, "")
	n.fields(own, spec, "", ofEveryNode()...)
	n.n.About, n.n.Mark, n.n.Visits, n.n.Next, n.n.Exits = head.About, head.Mark, head.Visits, head.Next, head.Exits
	t.f.Nodes[key.Value] = n.n
	t.nodes = append(t.nodes, n)
}

// kind looks up the node's type; nil when it is unknown.
func (n *nodeText) kind() *flow.Type {
	at := valueOf(n.body, "type")
	if at == n.body {
		n.complain(n.body, "E105", typeNames(), "%q is missing", "type")
		return nil
	}
	typ, known := flow.TypeNamed(at.Value)
	if !known {
		n.complain(at, "E105", typeNames(), "%q is not a type of node%s", at.Value, nearest(at.Value, typeNames()))
		return nil
	}
	return typ
}

func typeNames() []string {
	var names []string
	for _, t := range flow.Types() {
		names = append(names, t.Name)
	}
	return names
}

// ofEveryNode lists the fields that every node has.
func ofEveryNode() []string { return []string{"type", "about", "mark", "visits", "next", "exits"} }

// split parts a node's mapping into the fields that every node has and those of its type.
func split(body *yaml.Node) (head, own *yaml.Node) {
	h, o := *body, *body
	h.Content, o.Content = nil, nil
	for i := 0; i+1 < len(body.Content); i += 2 {
		if slices.Contains(ofEveryNode(), body.Content[i].Value) {
			h.Content = append(h.Content, body.Content[i], body.Content[i+1])
		} else {
			o.Content = append(o.Content, body.Content[i], body.Content[i+1])
		}
	}
	return &h, &o
}

// place gives where a field was written, or the node's id when it was not.
func (n *nodeText) place(path string) *yaml.Node {
	if at := n.at[path]; at != nil {
		return at
	}
	return n.key
}
