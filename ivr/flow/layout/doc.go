// Package layout brings a bundle's files into one form: keys in the order of the node
// table, two blanks of indentation, comments in line. What a person decided stays: the
// order of nodes and prompts, quotes, short mappings in braces, one blank line between
// parts, and every comment.
//
// Format never changes what a file says. It reads its own result again, compares values
// and comments, and refuses to give a result that differs. To format twice changes
// nothing more.
package layout
