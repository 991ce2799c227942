package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/call"
	"talian/ivr/flow"
	"talian/ivr/journal"
	"talian/ivr/line"
	"talian/ivr/queue"
)

// Kinds of states that the engine keeps in the journal.
const (
	hoursKind = "hours"    // an override, by calendar
	lifeKind  = "asterisk" // start time of the Asterisk last seen
)

// restore takes up what the journal knows. Nothing is asked of Asterisk yet: reconcile
// follows when its events are up.
func (e *Engine) restore(ctx context.Context) error {
	if err := e.restoreHours(ctx); err != nil {
		return err
	}
	if err := e.restoreLanguages(ctx); err != nil {
		return err
	}
	if err := e.board.load(ctx); err != nil {
		return err
	}
	programs := programsOf(e.bundles)
	states, err := load[call.State](ctx, e.journal, call.StateKind)
	if err != nil {
		return err
	}
	var waiting []queue.Waiting
	talking := map[ivr.CallID]queue.Talk{}
	for _, s := range states {
		switch s.Phase {
		case call.Waiting:
			waiting = append(waiting, e.waiting(s.ID, *s.Stay))
		case call.Talking:
			talking[s.ID] = queue.Talk{Agent: s.Talk.Agent, Lease: s.Talk.Lease}
		case call.InFlow, call.Leaving, call.Ended:
		}
		program, err := programs(ctx, s.Revision)
		if err != nil {
			e.log.Error("the call's bundle cannot be loaded any more; it goes on with the present one", "call", string(s.ID), "revision", s.Revision, "err", err)
			program = e.bundles.Current()
		}
		e.add(s, program)
	}
	if err := e.queue.Restore(ctx, waiting, talking); err != nil {
		return err
	}
	messages, err := load[call.Message](ctx, e.journal, call.MessageKind)
	if err != nil {
		return err
	}
	for _, m := range messages {
		e.files.Put(m)
	}
	if len(states) > 0 {
		e.log.Info("calls taken up from the journal", "calls", len(states), "waiting", len(waiting), "talking", len(talking))
	}
	return e.lines.Start(ctx)
}

// programsOf gives the programs of revisions, each loaded once.
func programsOf(bundles Bundles) func(context.Context, string) (*flow.Program, error) {
	type loaded struct {
		program *flow.Program
		err     error
	}
	known := map[string]loaded{}
	return func(ctx context.Context, revision string) (*flow.Program, error) {
		l, again := known[revision]
		if !again {
			l.program, l.err = bundles.Revision(ctx, revision)
			known[revision] = l
		}
		return l.program, l.err
	}
}

// load reads all states of a kind, in the order of their ids.
func load[T any](ctx context.Context, j Journal, kind string) ([]T, error) {
	states, err := j.States(ctx, kind)
	if err != nil {
		return nil, fmt.Errorf("states of kind %s: %w", kind, err)
	}
	ids := make([]string, 0, len(states))
	for id := range states {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	list := make([]T, len(ids))
	for i, id := range ids {
		if err := json.Unmarshal(states[id], &list[i]); err != nil {
			return nil, fmt.Errorf("state %s %s: %w", kind, id, err)
		}
	}
	return list, nil
}

func (e *Engine) restoreHours(ctx context.Context) error {
	overrides, err := load[ivr.HoursSet](ctx, e.journal, hoursKind)
	if err != nil {
		return err
	}
	for _, o := range overrides {
		e.hours[o.Calendar] = o
	}
	return nil
}

// reconcile settles what we know with what Asterisk has. It runs at every connection of
// the events, before any of them is looked at.
func (e *Engine) reconcile(ctx context.Context, life time.Time) error {
	first, reboot, err := e.newLife(ctx, life)
	if err != nil {
		return err
	}
	if err := e.ari.EventFilter(ctx, unwanted()...); err != nil {
		return err
	}
	channels, err := e.ari.Channels(ctx)
	if err != nil {
		return err
	}
	ours := make(map[string]asterisk.Channel, len(channels))
	var legs []string
	outside := map[string]asterisk.Channel{} // ends of transfers, also those that still ring
	for _, ch := range channels {
		if _, _, isEnd := legOf(ch.ID); isEnd {
			outside[ch.ID] = ch
			continue
		}
		if e.ari.InApp(ch) {
			ours[ch.ID] = ch
		}
		if _, isLeg := line.AgentOf(ch.ID); isLeg { // also one that is not answered yet
			legs = append(legs, ch.ID)
		}
	}
	bridged, err := e.settleBridges(ctx)
	if err != nil {
		return err
	}
	for _, stray := range e.lines.Reconcile(legs, reboot) {
		e.hangup(stray, causeNormal)
	}
	if first && len(ours) > 0 {
		e.log.Warn("Asterisk has calls, but the journal is new: agents sign in anew, and callers begin anew. Was journal.db lost?",
			"channels", len(ours))
	}
	e.settleCalls(ctx, ours, outside, bridged, reboot)
	return nil
}

// newLife tells whether this is the first Asterisk that the journal knows, and whether it was
// started anew since we last saw it; it keeps its start time.
func (e *Engine) newLife(ctx context.Context, life time.Time) (first, reboot bool, err error) {
	known, err := load[time.Time](ctx, e.journal, lifeKind)
	if err != nil {
		return false, false, err
	}
	data, err := json.Marshal(life)
	if err != nil {
		return false, false, err
	}
	if err := e.journal.Append(nil, journal.State{Kind: lifeKind, ID: "life", Data: data}).Wait(ctx); err != nil {
		return false, false, err
	}
	return len(known) == 0, len(known) > 0 && !known[0].Equal(life), nil
}

// settleBridges deletes bridges of lines that are no more; it gives the bridge of each channel.
func (e *Engine) settleBridges(ctx context.Context) (map[string]string, error) {
	bridges, err := e.ari.Bridges(ctx)
	if err != nil {
		return nil, err
	}
	bridged := map[string]string{}
	for _, b := range bridges {
		if line.Owner(b.ID) != "" && !e.lines.Owns(b.ID) {
			if err := e.ari.DeleteBridge(ctx, b.ID); err != nil {
				return nil, err
			}
			continue
		}
		if of, _, isEnd := legOf(b.ID); isEnd && e.byID(of) == nil {
			if err := e.ari.DeleteBridge(ctx, b.ID); err != nil {
				return nil, err
			}
		}
		for _, ch := range b.ChannelIDs {
			bridged[ch] = b.ID
		}
	}
	return bridged, nil
}

// settleCalls ends the calls whose channel is gone, resumes the others, and begins a call
// for each channel that we do not know: its StasisStart was lost.
func (e *Engine) settleCalls(ctx context.Context, ours, outside map[string]asterisk.Channel, bridged map[string]string, reboot bool) {
	e.mu.Lock()
	calls := make([]*call.Call, 0, len(e.calls))
	for _, c := range e.calls {
		calls = append(calls, c)
	}
	e.mu.Unlock()
	for _, c := range calls {
		ch, alive := ours[c.Channel]
		switch {
		case reboot:
			c.Tell(call.CallerGone{Cause: call.CauseRestart})
		case !alive:
			c.Tell(call.CallerGone{Cause: call.CauseLost})
		default:
			resumed := call.Resumed{With: line.Owner(bridged[c.Channel]), Answered: ch.State == "Up"}
			for id, end := range outside {
				if of, _, _ := legOf(id); of == c.ID {
					resumed.Ringing, resumed.LegUp = true, end.State == "Up"
				}
			}
			c.Tell(resumed)
		}
		delete(ours, c.Channel)
	}
	for id := range outside {
		if of, _, _ := legOf(id); e.byID(of) == nil {
			e.hangup(id, causeNormal)
		}
	}
	for id, ch := range ours {
		if _, isLeg := line.AgentOf(id); isLeg {
			continue
		}
		if bridge := bridged[id]; bridge != "" { // of a call that is over for us: nobody may hear it
			if err := e.ari.RemoveChannel(ctx, bridge, id); err != nil && !asterisk.Gone(err) {
				e.log.Warn("an unknown caller could not be taken out of a bridge", "channel", id, "err", err)
			}
		}
		e.arrive(ch, asterisk.AppArgs(ch))
	}
}

// unwanted are the event types that nobody here looks at.
func unwanted() []string {
	return []string{"ChannelVarset", "ChannelDialplan", "ChannelCreated", "ChannelStateChange", "ChannelCallerId",
		"ChannelConnectedLine", "ChannelEnteredBridge", "ChannelLeftBridge", "BridgeCreated", "BridgeDestroyed",
		"BridgeMerged", "BridgeVideoSourceChanged", "DeviceStateChanged", "PeerStatusChange", "Dial",
		"PlaybackStarted", "PlaybackContinuing", "RecordingStarted"}
}
