package auth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"talian/ivr"
)

const (
	demoAgents = 20
	demoWrapUp = 30_000 // ms
)

// Languages are the callers' languages at the demo site.
func Languages() []string { return []string{"ms", "en", "zh", "ta"} }

// SeedDemo puts the demo people into a store that has nobody else, all with the one
// password in passwordFile, which is generated when missing. Those who are there already
// stay as they are, so that an interrupted start is made good by the next.
func SeedDemo(ctx context.Context, store Store, clusters []string, passwordFile string) error {
	users, err := store.Users(ctx)
	if err != nil {
		return fmt.Errorf("people: %w", err)
	}
	missing := DemoPeople(clusters)
	for _, user := range users {
		before := len(missing)
		missing = slices.DeleteFunc(missing, func(demo User) bool { return demo.ID == user.ID })
		if len(missing) == before {
			return nil // somebody real
		}
	}
	if len(missing) == 0 {
		return nil
	}
	password, err := demoPassword(passwordFile)
	if err != nil {
		return err
	}
	for _, user := range missing {
		user.PasswordHash = HashPassword(password)
		if err := store.PutUser(ctx, user); err != nil {
			return fmt.Errorf("demo user %s: %w", user.ID, err)
		}
	}
	return nil
}

// DemoPeople gives agent01 with every skill, agent02 to agent20 with two or three of the
// clusters and two languages each, a supervisor and an administrator.
func DemoPeople(clusters []string) []User {
	names := []string{
		"Aminah binti Yusof", "Ravi a/l Subramaniam", "Lim Mei Ling", "Hafiz bin Osman", "Priya a/p Nair",
		"Tan Wei Jie", "Siti Nurhaliza binti Kassim", "Arjun a/l Muthu", "Wong Siew Fong", "Zulkifli bin Rahman",
		"Kavitha a/p Krishnan", "Chong Kah Wai", "Norizan binti Daud", "Suresh a/l Maniam", "Lee Pei Shan",
		"Farid bin Ismail", "Anjali a/p Gopal", "Ng Choon Hock", "Rohani binti Salleh", "Dayang Fatimah binti Abang",
	}
	people := []User{
		demoAgent(1, names[0], clusters, Languages()),
		{ID: "supervisor01", Name: "Khairul bin Anuar", Role: RoleSupervisor, Skills: map[string][]string{}},
		{ID: "admin01", Name: "Joseph anak Lingga", Role: RoleAdmin, Skills: map[string][]string{}},
	}
	for n := 2; n <= demoAgents; n++ {
		people = append(people, demoAgent(n, names[n-1], demoClusters(n, clusters), demoLanguages(n)))
	}
	return people
}

func demoAgent(n int, name string, clusters, languages []string) User {
	return User{ID: fmt.Sprintf("agent%02d", n), Name: name, Role: RoleAgent, WrapUp: demoWrapUp,
		Skills: map[string][]string{"cluster": clusters, "language": languages}}
}

// demoClusters gives neighbours on the ring of clusters, so that two rounds cover each
// cluster with both halves of the languages.
func demoClusters(n int, clusters []string) []string {
	if len(clusters) < 3 {
		return clusters
	}
	count := 2 + n%2
	mine := make([]string, 0, count)
	for i := range count {
		mine = append(mine, clusters[(n-2+i)%len(clusters)])
	}
	return mine
}

// demoLanguages: three of four agents speak Malay and English, every fourth Malay and
// Mandarin or Malay and Tamil.
func demoLanguages(n int) []string {
	switch n % 8 {
	case 4:
		return []string{"ms", "zh"}
	case 0:
		return []string{"ms", "ta"}
	default:
		return []string{"ms", "en"}
	}
}

func demoPassword(path string) (string, error) {
	kept, err := os.ReadFile(path)
	if err == nil && strings.TrimSpace(string(kept)) != "" {
		return strings.TrimSpace(string(kept)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("demo password: %w", err)
	}
	password := ivr.NewSecret()[:16] // 80 bits
	if err := os.WriteFile(path, []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("demo password: %w", err)
	}
	return password, nil
}
