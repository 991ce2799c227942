// Package speech makes the sounds of a prompt catalogue that nobody has recorded.
//
// It runs when a bundle is published or the daemon is prepared, never while a call
// waits. Speech is written as 8 kHz, 16 bit, mono WAV, the one form that Asterisk
// plays from a .wav file, trimmed and brought to one loudness, and appears under its
// final name only when it is complete.
package speech
