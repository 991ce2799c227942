package flow

import (
	"maps"
	"slices"
)

// Setter is a Spec that gives values to variables. Checks go by it: a variable is set on
// the ways that take one of these exits.
type Setter interface {
	// Sets gives the variables that have a value once the exit is taken.
	Sets(exit string) []string
}

// Seal notes the flow that is called; its outcomes are exits of the node.
func (x *SubFlow) Seal(called *Flow) { x.called = called }

// Sets gives the variables that are not unset by nil.
func (s *Set) Sets(exit string) []string {
	if exit != "next" {
		return nil
	}
	var all []string
	for name, x := range s.Set {
		if x != nil && x.Text != "nil" {
			all = append(all, name)
		}
	}
	return all
}

// Sets gives the variable that the choice is kept in.
func (m *Menu) Sets(exit string) []string { return on(exit, "next", m.Save) }

// Sets gives the variable that the digits are kept in.
func (x *Collect) Sets(exit string) []string { return on(exit, "next", x.Save) }

// Sets gives the variable that the recording is kept in.
func (x *Statement) Sets(exit string) []string { return on(exit, "next", x.Save) }

// Sets gives the variables that the results are kept in.
func (x *CaseNode) Sets(exit string) []string {
	return on(exit, "next", slices.Collect(maps.Keys(x.Save))...)
}

// Sets gives the variables that outputs are kept in, whether or not the flow gave them a
// value: that depends on the flow.
func (x *SubFlow) Sets(exit string) []string {
	if exit == "error" {
		return nil
	}
	return slices.Collect(maps.Keys(x.Save))
}

func on(exit, wanted string, names ...string) []string {
	if exit != wanted {
		return nil
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}
