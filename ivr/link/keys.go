package link

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"talian/ivr"
)

// The users of the link; each has its key in the server's folder as <user>.nk.
const (
	UserIvrd  = "ivrd"  // answers
	UserCtid  = "ctid"  // the agents' side
	UserAdmin = "admin" // the command line
)

// SeedFile gives the path of a user's key in dir.
func SeedFile(dir, user string) string { return filepath.Join(dir, user+".nk") }

func inbox(user string) string { return "_INBOX_" + user }

// userOf reads the user's name back from the path of its key.
func userOf(seedFile string) string {
	return strings.TrimSuffix(filepath.Base(seedFile), ".nk")
}

// natsUsers gives every user's key, made now where the file is missing, and its least rights.
func natsUsers(dir string) ([]*server.NkeyUser, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("nkeys: %w", err)
	}
	rights := map[string]*server.Permissions{
		UserIvrd: {
			Publish:   &server.SubjectPermission{Allow: []string{subjectFacts, subjectAlive}},
			Subscribe: &server.SubjectPermission{Allow: []string{subjectDo, subjectSnapshot, subjectAfter}},
			Response:  &server.ResponsePermission{MaxMsgs: 1, Expires: ivr.IntentDeadline + time.Second},
		},
		UserCtid:  asker(UserCtid),
		UserAdmin: asker(UserAdmin),
	}
	users := make([]*server.NkeyUser, 0, len(rights))
	for user, permissions := range rights {
		public, err := publicKey(SeedFile(dir, user))
		if err != nil {
			return nil, err
		}
		users = append(users, &server.NkeyUser{Nkey: public, Permissions: permissions})
	}
	return users, nil
}

func asker(user string) *server.Permissions {
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{subjectDo, subjectSnapshot, subjectAfter}},
		Subscribe: &server.SubjectPermission{Allow: []string{subjectFacts, subjectAlive, inbox(user) + ".>"}},
	}
}

func publicKey(path string) (string, error) {
	seed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		seed, err = makeSeed(path)
	}
	if err != nil {
		return "", fmt.Errorf("nkey: %w", err)
	}
	pair, err := nkeys.FromSeed([]byte(strings.TrimSpace(string(seed))))
	if err != nil {
		return "", fmt.Errorf("nkey %s: %w; delete the file to have a new key made", path, err)
	}
	return pair.PublicKey()
}

// makeSeed writes a new key so that a half-written one is never seen.
func makeSeed(path string) ([]byte, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return nil, err
	}
	seed, err := pair.Seed()
	if err != nil {
		return nil, err
	}
	fresh := path + ".new"
	if err := os.WriteFile(fresh, append(seed, '\n'), 0o600); err != nil {
		return nil, err
	}
	return seed, os.Rename(fresh, path)
}
