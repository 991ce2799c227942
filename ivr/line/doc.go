// Package line keeps the agents' audio lines: for each agent and shift one WebRTC leg that
// stays up in the agent's own bridge, so that taking a call is moving the caller's channel
// into that bridge and involves no SIP.
//
//	down ─claim─▶ starting ─leg in the bridge, heard─▶ up ─new claim─▶ restoring ─new leg─▶ up
//	  ▲               │ no registration in 30 s         │ leg ended          │ (old leg deleted)
//	  └───────────────┴─────────────────────────────────┴────────────────────┘
//
// A claim makes a new SIP secret and a nonce. The secret goes to the page that claimed and
// to Asterisk, nowhere else. Our INVITE carries the nonce, so that only that page answers.
// One goroutine per line does everything in order; Lines finds the line for an event.
package line
