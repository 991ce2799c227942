package link

import (
	"time"

	"talian/ivr"
)

// The subjects.
const (
	subjectDo       = "talian.do"       // request: ivr.Intent, reply: ivr.Reply
	subjectSnapshot = "talian.snapshot" // request: empty, reply: snapshotReply
	subjectAfter    = "talian.after"    // request: afterRequest, reply: afterReply
	subjectFacts    = "talian.facts"    // published: factsMessage
	subjectAlive    = "talian.alive"    // published each aliveEvery: aliveMessage
)

const (
	aliveEvery = time.Second
	deadAfter  = 3 * time.Second // without a sign of life the engine counts as away
	pageFacts  = 512             // most facts in one message
	readLimit  = 5 * time.Second // for one snapshot or page
)

// snapshotReply answers subjectSnapshot.
type snapshotReply struct {
	Boot  string     `json:"boot"` // names this run of the engine
	Board *ivr.Board `json:"board,omitempty"`
	Err   *ivr.Error `json:"err,omitempty"`
}

// afterRequest asks for the facts after a place.
type afterRequest struct {
	After uint64 `json:"after"`
}

// afterReply is one page of them.
type afterReply struct {
	Boot  string     `json:"boot"`
	Facts []ivr.Fact `json:"facts,omitempty"`
	Last  uint64     `json:"last"`           // of the engine; behind it when Facts is empty
	Gone  bool       `json:"gone,omitempty"` // the facts asked for are pruned, or never were
	Err   *ivr.Error `json:"err,omitempty"`
}

// factsMessage carries new facts as they become durable.
type factsMessage struct {
	Boot  string     `json:"boot"`
	Prev  uint64     `json:"prev"` // last sequence number of the message before
	Seq   uint64     `json:"seq"`  // last sequence number of this one
	Facts []ivr.Fact `json:"facts"`
}

// aliveMessage is the engine's sign of life.
type aliveMessage struct {
	Boot string `json:"boot"`
	Seq  uint64 `json:"seq"` // last published
}
