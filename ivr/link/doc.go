// Package link carries the engine's three calls between processes: Do an intent, take a
// Snapshot of the board, Follow the facts after a sequence number. Serve answers for an
// engine over NATS, Client asks, and Direct is the twin inside one process; all three
// pass the same suite of tests.
//
// Order and loss: facts come in the journal's order, each exactly once. A message that
// was lost on the way is noticed by its sequence number and asked for again. When the
// engine was started anew, or its journal no longer holds what is missing, Follow ends
// with ErrSnapshot: take a Snapshot and follow from there.
//
// Nothing is queued for an engine that is away: Do then fails at once with
// ivr.CodeUnavailable, so that no late command is carried out by surprise.
package link
