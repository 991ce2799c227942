// Package journal keeps the facts: one order, each durable before anybody can see its
// effect. It is a private SQLite file that one process holds alone.
//
// What it promises:
//
//   - Append never waits. It gives every fact its place (Seq) at once and queues it in
//     memory; the order of the Append calls is the order of Seq, without gaps.
//   - The facts and states of one Append become durable together or not at all.
//   - Ticket.Wait returns nil only when they are on disk (WAL, synchronous=FULL). One
//     transaction and one fsync serve all that was queued at the time: group commit.
//   - A write that fails is tried again until it works; nothing is lost or reordered
//     meanwhile, and Wait waits. Only Close gives up, after CloseGrace.
//   - Disk space kept back (Reserve) is given up to the writes of a full disk, at once and
//     without a failure that Wait would feel; Reserved tells.
//   - Readers (After, Follow) see durable facts only, in order, and never delay Append.
//
// Beside the facts it holds states (the last state of each live call or agent, so that a
// restart can go on) and cursors (how far each reader has come). Facts that all readers
// have passed and that are older than the keep time are deleted.
package journal
