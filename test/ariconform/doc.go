// Package ariconform keeps the fake Asterisk of ivr/asterisk/aritest honest: one script of
// requests, callers and agents' pages runs against the real Asterisk and against the fake,
// and both must answer with the same status codes and events.
//
// With -capture DIR the run against the real Asterisk also writes what it said, one JSON
// file for each kind of event and answer; the fake is fed with them.
package ariconform
