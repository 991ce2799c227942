package cti

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"talian/cti/auth"
	"talian/cti/wire"
	"talian/ivr"
)

// attach puts a socket at its desk and answers the hello. A tab has one socket: an older
// one that is still there goes.
func (f *Floor) attach(s *socket, resume *wire.Cursor) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closing {
		return s.leave(wire.CloseDrain, "the server goes away for a moment")
	}
	if _, _, ok := f.signIns.Valid(s.signIn.Hash); !ok {
		return s.leave(wire.CloseAuth, "sign in again")
	}
	id := ivr.AgentID(s.user.ID)
	d := f.desks[id]
	if d == nil {
		d = newDesk(s.user, f.now())
		d.self = d.view(f.picture, f.up && f.synced)
		f.desks[id] = d
		f.metrics.desks.Set(float64(len(f.desks)))
		f.askEarlier(d.self.Call)
	}
	for other := range d.sockets {
		if other.tab == s.tab {
			delete(d.sockets, other)
			other.bye(wire.Bye{Code: wire.CloseReplaced, RetryMs: -1, Why: "this tab connected again"})
		}
	}
	how := "snap"
	if d.start(s, resume, f.now()) {
		how = "resume"
	}
	f.metrics.starts.WithLabelValues(how).Inc()
	s.desk, d.lastSignIn = d, s.signIn.Hash
	d.sockets[s] = struct{}{}
	f.presenceChanged()
	return nil
}

func (f *Floor) detach(s *socket) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := s.desk
	if d == nil {
		return
	}
	if _, there := d.sockets[s]; !there {
		return
	}
	delete(d.sockets, s)
	if len(d.sockets) == 0 {
		d.left = f.now()
	}
}

// answer carries a command out and sends its result, exactly one.
func (f *Floor) answer(ctx context.Context, s *socket, cmd wire.Command, at time.Time) {
	ctx, cancel := context.WithDeadline(ctx, at.Add(ivr.IntentDeadline))
	defer cancel()
	answered := f.result(ctx, s, cmd)
	code := "ok"
	if answered.Err != nil {
		code = answered.Err.Code
	}
	f.metrics.commands.WithLabelValues(knownType(cmd.Type), code).Inc()
	s.send(answered)
}

// result remembers answers but those to a beat, of which there are many and a repeat does
// no harm.
func (f *Floor) result(ctx context.Context, s *socket, cmd wire.Command) wire.Result {
	if cmd.Type == wire.CmdLineBeat {
		return f.carryOut(ctx, s, cmd)
	}
	result, err := s.desk.replies.once(ctx, cmd.ID, f.now(), func() wire.Result { return f.carryOut(ctx, s, cmd) })
	if err != nil {
		return refusal(cmd.ID, timely(err))
	}
	return result
}

func refusal(id string, err error) wire.Result {
	known := ivr.AsError(err)
	return wire.Result{T: wire.KindResult, ID: id, Err: &wire.Problem{Code: string(known.Code), Message: known.Message}}
}

func (f *Floor) carryOut(ctx context.Context, s *socket, cmd wire.Command) wire.Result {
	intent, err := f.intentOf(s, cmd)
	if err == nil {
		err = ctx.Err() // waited behind another command for too long
	}
	if err != nil {
		return refusal(cmd.ID, timely(err))
	}
	reply, err := f.engine.Do(ctx, intent)
	if err == nil {
		err = problemOf(reply)
	}
	if err != nil {
		return refusal(cmd.ID, timely(err))
	}
	f.carriedOut(s, intent, reply)
	return wire.Result{T: wire.KindResult, ID: cmd.ID, OK: true, Data: reply.Data}
}

// timely gives the end of a command's time its code.
func timely(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return ivr.NewError(ivr.CodeUnavailable, "no answer within the deadline")
	}
	return err
}

// intentOf checks that the command is the agent's to give and makes an intent of it.
func (f *Floor) intentOf(s *socket, cmd wire.Command) (ivr.Intent, error) {
	if s.user.Role != auth.RoleAgent {
		return ivr.Intent{}, ivr.NewError(ivr.CodeForbidden, "only agents take calls")
	}
	want, err := wantOf(cmd, s.user)
	if err != nil {
		return ivr.Intent{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.up || !f.synced {
		return ivr.Intent{}, ivr.NewError(ivr.CodeUnavailable, "the telephone engine is away")
	}
	if epoch, named := claimNamed(want); named && epoch < s.desk.claim.epoch {
		return ivr.Intent{}, ivr.NewError(ivr.CodeConflict, "the line was claimed elsewhere")
	}
	call, err := callOf(cmd, want, s.desk.self.Call)
	return ivr.Intent{ID: s.user.ID + ":" + cmd.ID, Agent: ivr.AgentID(s.user.ID), Call: call, Want: want}, err
}

// claimNamed gives the claim that a word about the line belongs to.
func claimNamed(want ivr.Want) (epoch uint64, named bool) {
	switch want := want.(type) {
	case ivr.LineBeat:
		return want.Epoch, true
	case ivr.LineFail:
		return want.Epoch, true
	default:
		return 0, false
	}
}

// carriedOut notes what a granted intent means for the desk.
func (f *Floor) carriedOut(s *socket, intent ivr.Intent, reply ivr.Reply) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch want := intent.Want.(type) {
	case ivr.LineClaim:
		var grant ivr.LineGrant
		if err := json.Unmarshal(reply.Data, &grant); err != nil {
			f.log.Error("grant of a line not understood", "agent", intent.Agent, "error", err)
			return
		}
		s.desk.claimed(claim{epoch: grant.Epoch, tab: s.tab, signIn: s.signIn.Hash}, f.now())
		f.lineOver(intent.Agent)
	case ivr.LineBeat: // after a restart of ours the first accepted beat shows who holds the line
		if want.Epoch > s.desk.claim.epoch {
			s.desk.claimed(claim{epoch: want.Epoch, tab: s.tab, signIn: s.signIn.Hash}, f.now())
		}
	case ivr.SignOut:
		f.lineOver(intent.Agent)
	}
}

func isLine(command string) bool { return strings.HasPrefix(command, "line.") }

// knownType keeps words of strangers out of the metrics' labels.
func knownType(command string) string {
	known := []string{wire.CmdSignIn, wire.CmdSignOut, wire.CmdSetState, wire.CmdExtendWrap, wire.CmdEndWrap,
		wire.CmdLineClaim, wire.CmdLineBeat, wire.CmdLineFail, wire.CmdAnswer, wire.CmdReject, wire.CmdHold,
		wire.CmdRetrieve, wire.CmdDigits, wire.CmdEnd, wire.CmdDispose}
	if slices.Contains(known, command) {
		return command
	}
	return "unknown"
}
