// Package aritest is an Asterisk for tests: the part of ARI that package asterisk uses,
// over HTTP and a websocket, with callers, agents' pages and numbers outside that a test moves. What it
// says is what a real Asterisk 22 was heard to say (testdata), with ids and times filled in;
// package ariconform runs one script against both and fails when they differ.
//
// It behaves like the real one where that matters: channels, bridges, music and playbacks
// outlive a cut websocket, events of the gap are lost and StasisStart is not repeated; a
// call that comes while the application is away waits in the dialplan's loop; music masks a
// bridge; a command on the channel waits for the prompt to end.
//
// Time is that of package time, so in a testing/synctest bubble it is virtual. There the
// fake must be made with InMemory, because a bubble's time stands still while a goroutine
// waits for a socket.
package aritest
