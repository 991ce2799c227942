// Package outbox tells one outside system, a CRM, what happened to cases, callbacks and
// surveys: a signed POST for each such fact, in the order of the journal, at least once.
//
// It decides what is sent, when it is sent again, and what is put aside. The form is that
// of Standard Webhooks 1.0.0 (headers webhook-id, webhook-timestamp, webhook-signature).
// The body is
//
//	{"type": "case.opened", "timestamp": "2026-03-02T01:02:03.004Z", "call": "c01...", "data": FACT}
//
// where FACT is the fact as the journal keeps it: seq, at, mono, kind, call, agent, data.
// webhook-id is fact-JOURNAL-SEQ, where JOURNAL is the journal's own id: a sequence begins
// anew with a new journal, and a receiver drops ids that it has seen. A fact may come twice
// (a crash between sending it and noting that), with the same id and the same body.
//
//	answer                              then
//	2xx                                 the next fact
//	none, 3xx, 5xx, 408, 429            the same fact again, after 1 s, 2 s ... 10 min, or Retry-After
//	other 4xx, five times               the fact is parked, and the next one follows
//
// Parked facts are states in the journal, with the body that was refused, until somebody
// sends them again (Resend).
//
// An outside system that is away loses nothing: the outbox's cursor keeps the facts in the
// journal, whatever their age, and with them all other facts since, so the journal grows
// (a few kilobytes a call). talian_outbox_lag_seconds and talian_outbox_waiting_facts say
// how far it is behind. Who gives the system up has Drop called; the journal may then
// forget.
//
// It leaves to others what the facts mean, and the records.
package outbox
