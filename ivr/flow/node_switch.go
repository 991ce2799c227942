package flow

import (
	"maps"
	"slices"
)

// Switch goes the way of the first case that holds.
//
//	which: {type: switch, cases: [{when: n > 3, next: many}], else: few}
type Switch struct {
	Cases []Case `flow:"cases,required"`
	Else  Out    `flow:"else,required" code:"E208"`
}

// Case is one way of a Switch.
type Case struct {
	When *Expr `flow:"when,required" want:"bool"`
	Next Out   `flow:"next,required"`
}

func (s *Switch) enter(r *run, _ *Node) Out {
	for _, c := range s.Cases {
		value, err := r.eval(c.When)
		if err != nil {
			r.fault(r.place(), err.Error())
			return r.exit("error")
		}
		if holds, _ := value.(bool); holds {
			return c.Next
		}
	}
	return s.Else
}

func (s *Switch) input(r *run, n *Node, in Input) Out { return resumed(r, n, in) }

// Speaks is false.
func (s *Switch) Speaks() bool { return false }

// Outs gives error, and the ways of the cases.
func (s *Switch) Outs() ([]string, []Out) {
	own := []Out{s.Else}
	for _, c := range s.Cases {
		own = append(own, c.Next)
	}
	return []string{"error"}, own
}

// Set gives values to variables; the expressions all see the values from before.
//
//	other: {type: set, set: {cluster: '"general"', asked: asked + 1}, next: agents}
type Set struct {
	Set map[string]*Expr `flow:"set,required" is:"var" want:"var"`
}

func (s *Set) enter(r *run, _ *Node) Out {
	values := make(map[string]string, len(s.Set))
	f := r.flow()
	for _, name := range slices.Sorted(maps.Keys(s.Set)) {
		value, err := r.eval(s.Set[name])
		if err == nil {
			values[name], err = f.Vars[name].write(value)
		}
		if err != nil {
			r.fault(r.place(), name+": "+err.Error())
			return r.exit("error")
		}
	}
	for name, text := range values {
		r.setVar(name, text)
	}
	return r.exit("next")
}

func (s *Set) input(r *run, n *Node, in Input) Out { return resumed(r, n, in) }

// Speaks is false.
func (s *Set) Speaks() bool { return false }

// Outs gives next and error.
func (s *Set) Outs() ([]string, []Out) { return []string{"next", "error"}, nil }
