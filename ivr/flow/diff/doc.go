// Package diff tells in words what two programs do differently: which key leads elsewhere,
// whose text changed in which language, which hours, queues and numbers are others.
//
// It compares what was compiled, not how it was written: comments, layout and the order of
// nodes make no difference, and inherited values count where they act.
package diff
