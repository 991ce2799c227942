// Package bench measures Talian beside what Asterisk does by itself: the same Asterisk, the
// same run, the same callers, the two sides in turn.
//
// No figure decides a benchmark, since the machine does; a lost call fails it, and a key that
// leads to no prompt or the wrong one. The callers and app_queue's members are made by hand
// on one UDP socket each, and times are taken where a datagram is read: a whole SIP stack per
// caller would cost more than what is measured, and on the same cores.
package bench
