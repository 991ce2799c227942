// Package ivr holds the nouns that every other part of Talian speaks in: calls,
// agents, leases, facts (what happened) and intents (what somebody wants), and
// the Board, the live picture that facts fold into.
//
// It owns no goroutine, no clock and no I/O. Everything else under ivr/ and cti/
// imports it; it imports nothing of ours.
package ivr
