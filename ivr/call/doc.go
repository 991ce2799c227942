// Package call is one telephone call from the first INVITE to the last fact.
//
// What a call does is decided by Step, a pure function (state, event, world) → (state,
// decision): no clock, no I/O, no goroutine. A decision holds facts, the state to keep
// and the actions to carry out. Call (run.go) is the shell around it: one goroutine with a
// mailbox steps; a second one carries the actions out in order, each decision only after
// its facts and state are durable in the journal. The first never waits for Asterisk, so
// a hang-up is seen while a slow request runs.
//
//	ivr ──Enqueue──▶ waiting ──Accepted──▶ talking ⇄ held
//	 ▲                  │ Dequeue             │ agent ends: QueueLeft to the flow
//	 └──────────────────┴─────────────────────┘
//	any phase ──caller gone──▶ ended
package call
