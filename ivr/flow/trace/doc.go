// Package trace tells the way of a call through its flows: nodes, exits, what was heard,
// which keys were pressed, which variables changed.
//
// Lines makes the lines of one step and is pure. What is personal never gets into a line:
// values of variables declared pii, the caller's number, the digits of a question that
// asks for such, and these values wherever else they stand in a text.
//
// A Writer keeps the lines in one file a day, as JSON, one line each. It never holds up a
// call: when the disk is slower than the calls, lines are dropped and counted. Read and
// Day read the files again, also while they are written.
package trace
