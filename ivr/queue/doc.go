// Package queue decides which waiting call gets which agent. It owns the agents' routing
// states and the leases: the only places where "one call per agent" is decided.
//
// The decision is the pure type pool (pool.go): no clock, no I/O, no goroutine. Queue
// wraps it in one mutex, writes what it decided to the journal while it holds the mutex
// (Append never waits), and gives the outcome to calls and lines in the same order after
// it is durable. Nothing is called back under the mutex.
//
// A call that loses an offer keeps the place that its time of queueing gives. Calls of
// one priority are served first come, first served; among agents who fit, the one idle
// for longest is taken.
package queue
