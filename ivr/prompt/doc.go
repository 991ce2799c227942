// Package prompt turns what a flow wants said into the sounds that say it.
//
// A Catalogue is read from the prompts folder of a bundle. Each prompt has a text
// in every language of the bundle, and may have slots: places where a number, a
// date or an amount is said. Say resolves a prompt, its slots and a language into
// a list of sounds in the order they are played. Slot values are composed by this
// package's own rules, one file per language, from a small closed set of words.
//
// Every sound is either a recording, sounds/<lang>/<id>.wav, or speech made in
// advance, <speech>/<lang>/<hash>.wav (package prompt/speech makes it). A recording
// wins. Nothing is synthesised while a caller waits.
//
// A Catalogue never changes after Load and may be used by any number of
// goroutines. The package starts no goroutine and reads files only in Load and
// Missing.
package prompt
