// Package schema writes JSON Schemas, draft-07, of a bundle's files, so that an editor
// completes keys and marks mistakes while somebody types.
//
// They follow from the table of node types and from the structs that the decoder reads
// into, so they know what the checker knows of keys and kinds of values. What needs more
// than one file, or a look at other nodes, only the checker finds.
//
// A file names its schema in its first line:
//
//	# yaml-language-server: $schema=../.ivr/flow.schema.json
package schema
