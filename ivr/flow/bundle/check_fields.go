package bundle

import (
	"slices"
	"strings"

	"talian/ivr/flow"
)

// checkFields looks at what the fields of a node say together.
func (n *nodeText) checkFields(t *flowText) {
	switch spec := n.n.Spec.(type) {
	case *flow.Collect:
		n.checkCollect(t, spec)
	case *flow.Confirm:
		if spec.Yes == spec.No {
			n.complain(n.place("no"), "E303", nil, "key %s means yes already", spec.Yes)
		}
	case *flow.Statement:
		n.checkKept(t, spec.Save, flow.Voice)
		n.checkRecorded(&spec.Speech)
	case *flow.Message:
		n.checkRecorded(&spec.Speech)
	case *flow.CaseNode:
		n.checkCase(t, spec)
	}
	n.checkMark(t)
}

// checkCollect looks at the digits that a node asks for.
func (n *nodeText) checkCollect(t *flowText, c *flow.Collect) {
	if n.at["length"] != nil && n.at["digits"] != nil {
		n.complain(n.at["digits@"], "E304", nil, "length and digits exclude each other")
	} else if c.Digits.Min > c.Digits.Max {
		n.complain(n.place("digits"), "E304", nil, "min is %d, more than max, %d", c.Digits.Min, c.Digits.Max)
	} else if span := c.Span(); span.Min > span.Max {
		n.complain(n.place("check"), "E304", nil, "no number of digits fits both the length and the check %s", c.Check)
	}
	_, err := flow.Pattern(c.Pattern)
	switch {
	case c.Check != flow.CheckRegex && n.at["pattern"] != nil:
		n.complain(n.at["pattern@"], "E105", nil, "a pattern is looked at only with check: regex")
	case c.Check == flow.CheckRegex && c.Pattern == "":
		n.complain(n.place("check"), "E105", nil, "%q is missing: what must match all that was typed", "pattern")
	case err != nil:
		n.complain(n.place("pattern"), "E105", nil, "not a regular expression: %v", err)
	case flow.PatternNames(c.Pattern, c.EndKey):
		n.complain(n.place("end_key"), "E305", nil, "key %s ends the entry, and the pattern wants it in the value", c.EndKey)
	}
	if c.Check == flow.CheckDate {
		n.checkKept(t, c.Save, flow.Digits, flow.Text, flow.Date)
	} else {
		n.checkKept(t, c.Save, flow.Digits, flow.Text)
	}
}

// checkKept looks whether the variable that a node saves to has one of the types that fit.
func (n *nodeText) checkKept(t *flowText, name string, fit ...flow.VarType) {
	v, declared := t.f.Vars[name]
	if declared && !slices.Contains(fit, v.Type) {
		var allowed []string
		for _, kind := range fit {
			allowed = append(allowed, string(kind))
		}
		n.complain(n.place("save"), "E504", allowed, "%q is a variable of type %s, which cannot hold what the caller gives", name, v.Type)
	}
}

// checkRecorded looks at the limits of a recording.
func (n *nodeText) checkRecorded(s *flow.Speech) {
	if s.Min >= s.Max {
		n.complain(n.place("min"), "E106", nil, "min is %s, not less than max, %s", s.Min, s.Max)
	}
	if s.Silence == 0 && s.EndKey == "none" {
		n.complain(n.place("end_key"), "E310", nil, "nothing but the longest time would end the recording; set silence or a key")
	}
}

// checkCase looks at what is done with a case.
func (n *nodeText) checkCase(t *flowText, c *flow.CaseNode) {
	results := flow.CaseResults()
	allowed := sortedKeys(results)
	switch c.Do {
	case "draft":
		allowed = []string{"number"}
	case "append":
		allowed = []string{"number", "status"}
	}
	for _, ours := range sortedKeys(c.Save) {
		result := c.Save[ours]
		if !slices.Contains(allowed, result) {
			n.complain(n.place("save."+ours), "E502", allowed, "%s gives no %q%s", c.Do, result, nearest(result, allowed))
			continue
		}
		theirs := flow.Var{Type: results[result]}
		if result == "kind" {
			theirs = flow.Var{Type: flow.Enum, Of: caseKinds()}
		}
		n.checkSaved(t, ours, theirs)
	}
	if _, given := c.Fields["number"]; !given && (c.Do == "find" || c.Do == "append") {
		n.complain(n.place("fields"), "E105", nil, "%q is missing: %s needs to know which case", "number", c.Do)
	}
}

// checkMark looks whether a milestone has a name of its own: reports show it.
func (n *nodeText) checkMark(t *flowText) {
	mark := n.n.Mark
	name := strings.Trim(mark, "{}")
	switch {
	case mark == "":
	case t.personal()[name]:
		n.complain(n.place("mark"), "E509", nil, "%q is personal, and marks stand in reports", name)
	case !flow.ValidID(mark):
		n.complain(n.place("mark"), "E109", nil, "%q is not an id: a-z, 0-9 and _, beginning with a letter, 48 at most", mark)
	}
}
