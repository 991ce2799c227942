// Package auth owns people and their sign-ins: passwords, the cookie, the page's CSRF
// value, the lock-out, roles and the origins that may talk to us.
//
// Sign-ins live in memory and are written through to the store, so that checking one
// never waits for a database and a restart of ctid signs nobody out.
package auth
