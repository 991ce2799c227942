// Package stage sets up Talian's real parts for a test: Asterisk, ivrd and ctid as
// processes of their own, with state in a temporary folder, in a network namespace that
// nobody else sees, so that every test may use the usual ports.
//
// A test package calls Main from its TestMain; that starts the tests anew inside the
// namespace. Parts can be started, killed, stopped and started again one by one.
package stage
