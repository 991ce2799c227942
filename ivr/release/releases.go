package release

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"sync"
	"time"

	"talian/ivr"
	"talian/ivr/flow"
	"talian/ivr/journal"
)

// Journal is what releases need of the journal.
type Journal interface {
	Append(facts []ivr.Fact, states ...journal.State) *journal.Ticket
	States(ctx context.Context, kind string) (map[string]json.RawMessage, error)
}

// Parts are what releases are made with.
type Parts struct {
	Archive *Archive
	Journal Journal
	Log     *slog.Logger
	Approve bool // a second person must approve what is published
	// Prepare makes what a program needs before it may answer calls: its speech.
	Prepare func(context.Context, *flow.Program) error
}

// Releases say which revision answers a call. Safe for concurrent use.
type Releases struct {
	archive *Archive
	journal Journal
	log     *slog.Logger
	approve bool
	prepare func(context.Context, *flow.Program) error

	changing sync.Mutex // one change at a time; held while a bundle is loaded

	mu      sync.RWMutex
	set     standing
	current *flow.Program
	canary  *flow.Program // nil = none
	onSet   func(*flow.Program)
	fault   string // why the last bundle was refused; "" = it was not
}

// standing is what is set, as the journal keeps it.
type standing struct {
	Current   string          `json:"current"`
	Candidate string          `json:"candidate,omitempty"`
	Percent   int             `json:"percent,omitempty"`
	Pending   *ivr.BundleSet  `json:"pending,omitempty"` // waits for the second person
	Log       []ivr.BundleLog `json:"log,omitempty"`     // the newest last
}

const (
	kind     = "bundle"
	stateID  = "standing"
	logLimit = 200
)

// New makes releases; Restore must follow.
func New(p Parts) *Releases {
	return &Releases{archive: p.Archive, journal: p.Journal, log: p.Log, approve: p.Approve, prepare: p.Prepare}
}

// OnSet has f told of every program that becomes the current one; it must not wait.
func (r *Releases) OnSet(f func(*flow.Program)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.onSet = f
}

// Restore takes up what was set. It gives false when nothing was ever set. A candidate
// that cannot be loaded any more is only reported: everybody gets the current one.
func (r *Releases) Restore(ctx context.Context) (bool, error) {
	states, err := r.journal.States(ctx, kind)
	if err != nil {
		return false, fmt.Errorf("what is published: %w", err)
	}
	data, found := states[stateID]
	if !found {
		return false, nil
	}
	if err := json.Unmarshal(data, &r.set); err != nil {
		return false, fmt.Errorf("what is published: %w", err)
	}
	if r.set.Current == "" {
		return false, nil
	}
	if r.current, err = r.load(ctx, r.set.Current); err != nil {
		return false, fmt.Errorf("the published bundle: %w", err)
	}
	if r.set.Candidate != "" {
		if r.canary, err = r.load(ctx, r.set.Candidate); err != nil {
			r.refused("candidate", err)
		}
	}
	return true, nil
}

func (r *Releases) load(ctx context.Context, revision string) (*flow.Program, error) {
	program, err := r.archive.Load(revision)
	if err != nil {
		return nil, err
	}
	if r.prepare != nil {
		err = r.prepare(ctx, program)
	}
	return program, err
}

// Current gives the program that most calls get; it is never nil after the first set.
func (r *Releases) Current() *flow.Program {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.current
}

// Programs gives those that answer new calls: the current one, and the candidate if there is one.
func (r *Releases) Programs() []*flow.Program {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.canary == nil {
		return []*flow.Program{r.current}
	}
	return []*flow.Program{r.current, r.canary}
}

// Pick gives the program for a new call: the candidate's for numbers that ask for it and for
// its share of all calls, which follows from the call's id alone.
func (r *Releases) Pick(number string, call ivr.CallID) *flow.Program {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.canary == nil {
		return r.current
	}
	asks := r.current.Numbers[number].Revision == candidate || r.canary.Numbers[number].Revision == candidate
	if _, answers := r.canary.Numbers[number]; answers && (asks || lot(call) < r.set.Percent) {
		return r.canary
	}
	return r.current
}

// candidate is how a number of ivr.yaml asks for the candidate.
const candidate = "candidate"

// lot draws a number from 0 to 99.
func lot(call ivr.CallID) int {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(call)) // never fails
	return int(sum.Sum32() % 100)
}

// Revision gives the program of a revision, for a call that began with it.
func (r *Releases) Revision(ctx context.Context, revision string) (*flow.Program, error) {
	r.mu.RLock()
	for _, p := range []*flow.Program{r.current, r.canary} {
		if p != nil && p.Revision == revision {
			r.mu.RUnlock()
			return p, nil
		}
	}
	r.mu.RUnlock()
	return r.load(ctx, revision)
}

// Publish makes a revision of the archive the current one, or the candidate. Where a second
// person must approve, it waits for Approve; it says so by pending.
func (r *Releases) Publish(ctx context.Context, set ivr.BundleSet) (pending bool, err error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	if set.Percent < 0 || set.Percent > 100 {
		return false, ivr.NewError(ivr.CodeInvalid, "the share of calls is 0 to 100 percent")
	}
	if set.Revision == "" && set.Candidate {
		return false, r.endCanary(ctx, set)
	}
	program, err := r.load(ctx, set.Revision)
	if err != nil {
		r.refused(set.Who, err)
		return false, err
	}
	if r.approve {
		return true, r.change(ctx, nil, func(s *standing) { s.Pending = &set })
	}
	return false, r.put(ctx, program, set)
}

// Approve puts into force what another person has published.
func (r *Releases) Approve(ctx context.Context, revision, who string) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	pending := r.now().Pending
	switch {
	case pending == nil || pending.Revision != revision:
		return ivr.NewError(ivr.CodeNotFound, fmt.Sprintf("nobody has published %s for approval", Short(revision)))
	case pending.Who == who:
		return ivr.NewError(ivr.CodeForbidden, "a second person must approve: "+who+" has published it")
	}
	program, err := r.load(ctx, revision)
	if err != nil {
		return err
	}
	set := *pending
	set.Approved = who
	return r.put(ctx, program, set)
}

// Replace makes the bundle in a folder the current one if it is good and another than the
// present; it is for sites where the folder itself is what answers.
func (r *Releases) Replace(ctx context.Context, dir string, set ivr.BundleSet) (changed bool, err error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	defer func() {
		if err != nil {
			r.refused(dir, err)
		}
	}()
	var fresh bool
	if set.Revision, fresh, err = r.archive.Put(dir); err != nil {
		return false, err
	}
	if current := r.Current(); current != nil && current.Revision == set.Revision {
		if r.Fault() == "" {
			return false, nil
		}
		return false, r.put(ctx, current, set) // mended: on record, so that nobody looks for the fault
	}
	program, err := r.load(ctx, set.Revision)
	if err != nil && fresh {
		return false, errors.Join(err, r.archive.drop(set.Revision))
	}
	if err != nil {
		return false, err
	}
	return true, r.put(ctx, program, set)
}

func (r *Releases) put(ctx context.Context, program *flow.Program, set ivr.BundleSet) error {
	err := r.change(ctx, &set, func(s *standing) {
		s.Pending = nil
		if set.Candidate {
			s.Candidate, s.Percent = set.Revision, set.Percent
			return
		}
		s.Current = set.Revision
		if s.Candidate == set.Revision {
			s.Candidate, s.Percent = "", 0
		}
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if set.Candidate {
		r.canary = program
	} else {
		r.current = program
		if r.onSet != nil {
			r.onSet(program)
		}
	}
	if r.set.Candidate == "" {
		r.canary = nil
	}
	r.fault = ""
	r.log.Info("bundle", "revision", Short(set.Revision), "candidate", set.Candidate, "percent", set.Percent, "who", set.Who, "why", set.Why)
	return nil
}

func (r *Releases) endCanary(ctx context.Context, set ivr.BundleSet) error {
	if err := r.change(ctx, &set, func(s *standing) { s.Candidate, s.Percent = "", 0 }); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.canary = nil
	return nil
}

// change journals what is set, and only then lets it count. It waits for that also when
// nobody waits for the answer any more: the journal may not say one thing and we another.
func (r *Releases) change(ctx context.Context, set *ivr.BundleSet, edit func(*standing)) error {
	next := r.now()
	edit(&next)
	var facts []ivr.Fact
	if set != nil {
		facts = append(facts, ivr.Fact{Body: *set})
		next.Log = append(slices.Clone(next.Log), ivr.BundleLog{BundleSet: *set, At: time.Now().UTC()})
		next.Log = next.Log[max(0, len(next.Log)-logLimit):]
	}
	data, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("what is published: %w", err)
	}
	if err := r.journal.Append(facts, journal.State{Kind: kind, ID: stateID, Data: data}).Wait(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.set = next
	return nil
}

// now gives what is set.
func (r *Releases) now() standing {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.set
}

// Log gives who set what, the newest last; it ends with what waits for approval.
func (r *Releases) Log() ivr.BundleStanding {
	s := r.now()
	return ivr.BundleStanding{Current: s.Current, Candidate: s.Candidate, Percent: s.Percent, Pending: s.Pending, Log: s.Log, Fault: r.Fault()}
}

// refused notes why a bundle did not replace the present one.
func (r *Releases) refused(what string, err error) {
	text := ivr.AsError(err).Message
	r.mu.Lock()
	again := r.fault == text
	r.fault = text
	r.mu.Unlock()
	if again {
		return
	}
	r.log.Error("bundle refused; the present one stays", "from", what, "error", text)
	r.journal.Append([]ivr.Fact{{Body: ivr.BundleRefused{From: what, Why: text}}})
}

// Fault says why the last bundle was refused; "" when the newest one answers calls.
func (r *Releases) Fault() string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.fault
}

// Refused is Fault as an error; nil when the newest bundle answers calls.
func (r *Releases) Refused() error {
	if fault := r.Fault(); fault != "" {
		return errors.New(fault + "; revision " + Short(r.Current().Revision) + " goes on answering")
	}
	return nil
}
