package auth

import (
	"context"
	"time"

	"talian/ivr"
)

// Role is what a person may do.
type Role string

// The roles.
const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor"
	RoleAdmin      Role = "admin"
)

// Roles gives all roles.
func Roles() []Role { return []Role{RoleAgent, RoleSupervisor, RoleAdmin} }

// User is one person who can sign in.
type User struct {
	ID           string // also the AgentID of an agent
	Name         string
	Role         Role
	PasswordHash string              // as HashPassword gives it
	Skills       map[string][]string // kind to values: cluster, language
	WrapUp       ivr.Millis          // most time for after-call work
	Manual       bool                // not ready after wrap-up
}

// Profile is what ivrd is told at the start of the shift.
func (u User) Profile() ivr.Profile {
	return ivr.Profile{Name: u.Name, Skills: u.Skills, WrapUp: u.WrapUp, Manual: u.Manual}
}

// SignIn is one browser's sign-in, without its secret.
type SignIn struct {
	Hash    string // of the cookie's value; names the sign-in
	User    string
	CSRF    string // the page must repeat it on the socket
	Created time.Time
	Expires time.Time
}

// Store keeps people and sign-ins over a restart.
type Store interface {
	Users(ctx context.Context) ([]User, error)
	PutUser(ctx context.Context, user User) error
	SignIns(ctx context.Context) ([]SignIn, error)
	PutSignIn(ctx context.Context, s SignIn) error
	DeleteSignIn(ctx context.Context, hash string) error
}
