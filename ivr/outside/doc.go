// Package outside opens connections to services that are not ours, and reads the secrets
// for them.
//
// It decides which addresses may be reached: after a name was resolved, and for every
// address tried, so that no name and no answer of a name server leads to the machine
// itself or into its network unless the site said so. It leaves to others what is asked,
// how long one waits, and what an answer means.
package outside
