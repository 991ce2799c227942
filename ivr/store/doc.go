// Package store keeps the records: what reports, screens and people need after the
// moment has passed. It is one SQLite database that several processes share: ivrd
// writes what comes from facts (Run), ctid writes people and sign-ins, both read.
//
// Facts become rows exactly once. The place in the journal that the rows stand for is
// written in the same transaction as the rows, so that a process may be killed at any
// moment and facts may be delivered again. Apply keeps nothing in memory between two
// calls: a hold that is going on is a column.
//
// Nothing here is on a call's path. When the database is locked, damaged or its disk is
// full, Run waits and tries again, were it from the start on (At), and the journal keeps
// the facts meanwhile.
//
// The SQL is kept to what SQLite and PostgreSQL both understand; only Open knows which
// it is.
package store
