// Package graph draws a flow: its nodes, the ways between them, the keys that choose, what
// differs from another revision and how many calls went where.
//
// Ways of failure are dashed. Jumps, called flows and ends are boxes of their own. Ways that
// a flow has as a whole, its global keys and handlers, lead from one box each. The same
// program always gives the same text.
package graph
