// Package release keeps the revisions of the bundle and says which of them answers a call.
//
// A revision is a bundle's YAML files, named by the SHA-256 over them, in a folder of the
// archive that is never changed. One revision is current, another may be the candidate:
// numbers that ask for it get it, and a share of all calls if the site wants so. What is
// set is in the journal, so it outlives restarts, and it is set only after the bundle was
// loaded without an error from the archive itself: a bad bundle never replaces a good one.
//
// A call keeps the program that it began with. Programs that no call holds any more are
// let go by the garbage collector.
package release
