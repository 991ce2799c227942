// Package engine holds the live calls: it takes arrivals, chooses the flow, routes events
// to calls and lines and intents to queue, calls and lines, and takes everything up again
// after a restart of ours or of Asterisk's.
//
// It is the one place that knows all parts; none of the parts knows it but by small
// interfaces. Do, Snapshot and Follow are its whole outside (see ivr/link).
package engine
