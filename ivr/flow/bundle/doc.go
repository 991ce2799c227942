// Package bundle reads the YAML that a telecom administrator writes, checks all of it
// and gives a frozen flow.Program with a revision.
//
// Every complaint names file, line and column and shows the line; all of them are found
// in one run. Codes are those of the flow language: E1 file, E2 ways out, E3 keys, E4
// prompts, E5 expressions, E6 names of the site, W7 warnings. Load never panics,
// whatever the text.
package bundle
