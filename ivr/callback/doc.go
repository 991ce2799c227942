// Package callback keeps the book of callbacks: in which slots callers can be called
// back, and who has one.
//
// It decides which slots there are (the hours of a calendar, cut into equal pieces), how
// many callbacks one takes, and that a request repeated after a restart books once. A
// booking is durable in the journal, as a fact and as a state of kind "callback", before
// the caller hears of it. It leaves to others: which calendar belongs to a queue and how
// long a slot is (the bundle), and calling back (agents, from the records).
//
// A booking's state is deleted once its slot is past; the fact stays.
package callback
