package flow

import (
	"fmt"
	"maps"
	"slices"

	"talian/ivr"
)

// CaseNode is the node type case: it opens, finds, adds to or drafts a case.
//
//	open_case:
//	  type: case
//	  do: open
//	  desk: complaints
//	  fields: {category: category, caller: phone, language: lang, audio: message}
//	  save: {case_no: number}
//
// Cases are kept here first and sent on afterwards, so a number is always given. Drafts
// are what hang-up handlers keep.
type CaseNode struct {
	Do     string            `flow:"do,required" oneof:"open find append draft"`
	Desk   string            `flow:"desk,required" is:"desk"`
	Fields map[string]*Expr  `flow:"fields" want:"field"`
	Save   map[string]string `flow:"save" is:"saved"` // our variable: one of CaseResults
}

// CaseFields lists what fields may name, by what is done. Number is of find and append, audio
// a recording, kind one of ivr.CaseKinds; the others are texts.
func CaseFields(do string) []string {
	switch do {
	case "find":
		return []string{"number"}
	case "append":
		return []string{"audio", "note", "number"}
	default: // open and draft
		return []string{"audio", "caller", "category", "cluster", "identity", "kind", "language", "note"}
	}
}

// CaseResults lists what save may name, with the types of the values. A draft has only a
// number, append only number and status.
func CaseResults() map[string]VarType {
	return map[string]VarType{"number": Digits, "status": Text, "category": Text, "kind": Text,
		"cluster": Text, "opened": DateTime, "due": Date}
}

func (x *CaseNode) enter(r *run, _ *Node) Out { return x.ask(r) }

// ask has the desk do its work. After a restart it asks for the same again, under the
// same key.
func (x *CaseNode) ask(r *run) Out {
	work, err := x.casework(r)
	if err != nil {
		r.fault(r.place(), err.Error())
		return r.exit("error")
	}
	if x.known() && !work.Number.Valid() {
		return r.exit("not_found")
	}
	work.ID, work.Key = r.work(), r.visitKey()
	r.do(work)
	return Out{}
}

// known tells whether the work needs a case that there is.
func (x *CaseNode) known() bool { return x.Do == "find" || x.Do == "append" }

// casework works out the fields; what is unset is left out.
func (x *CaseNode) casework(r *run) (Casework, error) {
	work := Casework{Do: x.Do, Desk: x.Desk, Fields: map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(x.Fields)) {
		value, err := r.eval(x.Fields[name])
		text := ""
		if err == nil {
			text, err = Var{Type: Text}.write(value)
		}
		switch {
		case err != nil || text == "":
		case name == "number":
			work.Number = ivr.CaseNumber(text)
		case name == "audio":
			work.Audio, err = ParseClip(text)
		case name == "kind" && !slices.Contains(ivr.CaseKinds(), ivr.CaseKind(text)):
			err = fmt.Errorf("%q is no kind of case", text)
		default:
			work.Fields[name] = text
		}
		if err != nil {
			return work, fmt.Errorf("field %s: %w", name, err)
		}
	}
	return work, nil
}

func (x *CaseNode) input(r *run, n *Node, in Input) Out {
	switch in := in.(type) {
	case Resume:
		return x.ask(r)
	case CaseDone:
		return r.exit(x.done(r, in))
	}
	return Out{}
}

// done keeps the results and gives the exit.
func (x *CaseNode) done(r *run, in CaseDone) string {
	if in.Failed {
		r.fault(r.place(), "desk "+x.Desk+": "+x.Do+" failed")
		return "error"
	}
	if x.known() && !in.Found {
		return "not_found"
	}
	vars := r.flow().Vars
	values := make(map[string]string, len(x.Save))
	for _, name := range slices.Sorted(maps.Keys(x.Save)) {
		text, err := vars[name].write(in.Fields[x.Save[name]])
		if err != nil {
			r.fault(r.place(), name+": "+err.Error())
			return "error"
		}
		values[name] = text
	}
	for name, text := range values {
		r.setVar(name, text)
	}
	return "next"
}

// mustFinish is true: the desk keeps what the caller gave, or handlers.hangup goes by it.
func (x *CaseNode) mustFinish(*run) bool { return true }

func (x *CaseNode) finished(r *run, _ *Node, in Input) {
	if in, answer := in.(CaseDone); answer {
		x.done(r, in)
	}
}

// Speaks is false.
func (x *CaseNode) Speaks() bool { return false }

// Outs gives next, error, and not_found where a case is looked for.
func (x *CaseNode) Outs() ([]string, []Out) {
	if x.known() {
		return []string{"next", "not_found", "error"}, nil
	}
	return []string{"next", "error"}, nil
}
