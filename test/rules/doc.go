// Package rules holds the project to its own rules: who may import whom, what a pure
// package must not touch, the habits that every package keeps, and that README and the
// manual of the flows say what the code does. Each rule is itself tried on source that
// breaks it.
package rules
