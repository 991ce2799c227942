// Package flow runs a caller through a flow: typed nodes with named ways out.
//
// A Program is what an administrator wrote, checked and frozen; package bundle makes it
// from YAML. A State is where one call stands; it is plain data and survives a trip
// through JSON between any two steps, so a call can be picked up after a restart. Step
// takes one input and gives the next state and the effects that the call must carry
// out, in order.
//
// Everything is pure: no goroutine, no clock, no I/O, and Step never panics. What a
// flow may know of the world stands in World. Programs may be shared by any number of
// calls at once.
package flow
