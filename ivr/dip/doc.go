// Package dip asks outside services during a call: a data dip.
//
// It decides whether and how a service is asked: how long all tries may take together,
// which addresses it may have, how many requests are under way at once, when a service
// that fails is left alone for a while, and how much of an answer is read. It leaves to
// others which service a caller needs and what its answer means: an answer of any status
// is an answer.
//
// A request never leads anywhere but to its service: no redirect is followed, no proxy of
// the environment is used, and no path leaves the service's base. Bodies, and values in
// paths, are never logged.
package dip
