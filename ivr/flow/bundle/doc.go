// Package bundle reads the YAML that a telecom administrator writes, checks all of it
// and gives a frozen flow.Program with a revision.
//
// Every complaint names file, line and column and shows the line; all of them are found
// in one run, up to a limit for each file. What cannot be read gives no further complaint
// where other parts refer to it. Codes are those of Codes: E1 file, E2 ways out, E3 keys,
// E4 prompts, E5 expressions, E6 names of the site, W7 warnings.
//
// Load never panics, whatever the text, and a text of 256 KiB takes it no more than a
// second and 64 MiB. It keeps no state and may be called from any goroutine.
package bundle
