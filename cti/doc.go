// Package cti is the agents' side of Talian: it keeps a copy of the board, shows each
// signed-in agent's part of it on that agent's websockets (package wire says how), turns
// commands into intents, and serves the pages, the reports and the way to the SIP socket.
//
// The Floor owns the copy and all desks under one mutex; nothing blocks while it is held.
// A desk is a pure projection of the board, and its events are differences of two
// projections, so that folding the events always gives what a fresh snapshot shows. Each
// socket has one reader and one writer; a writer that cannot keep up is cut, and the page
// comes back and resumes. Whatever may take time, the engine's answers and the look-up of
// earlier calls, happens beside the facts, never before them.
package cti
