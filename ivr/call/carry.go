package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"talian/ivr"
	"talian/ivr/asterisk"
	"talian/ivr/journal"
)

// carryOut does what was decided, in order, each decision after it is durable. A prompt that
// a key cut short is stopped while the journal writes: silence tells nobody anything, and a
// restart asks the question again.
func (c *Call) carryOut(ctx context.Context) {
	for {
		b, err := c.work.Next(ctx)
		if err != nil {
			return
		}
		for len(b.actions) > 0 {
			if _, stops := b.actions[0].(StopPlay); !stops {
				break
			}
			c.perform(ctx, b.actions[0])
			b.actions = b.actions[1:]
		}
		if b.ticket.Wait(ctx) != nil {
			return
		}
		for _, a := range b.actions {
			c.perform(ctx, a)
		}
		if ctx.Err() != nil {
			return // the state stays, and a restart does it once more
		}
		if b.last {
			c.journal.Append(nil, journal.State{Kind: StateKind, ID: string(c.ID)})
			c.box.Put(finished{})
			return
		}
	}
}

func (c *Call) perform(ctx context.Context, a Action) {
	var err error
	switch a := a.(type) {
	case Answer:
		err = c.phone.Answer(ctx, c.Channel)
	case Play:
		err = c.play(ctx, a)
	case StopPlay:
		err = c.phone.StopPlayback(ctx, playbackName(c.ID, a.ID))
	case CheckPlay:
		if playing, askErr := c.phone.Playing(ctx, playbackName(c.ID, a.ID)); askErr == nil && !playing {
			c.box.Put(PlaybackDone{ID: a.ID, Failed: true})
		}
	case Music:
		err = c.music(ctx, a)
	case Record:
		if err = c.phone.Record(ctx, c.Channel, a.How); err != nil {
			c.box.Put(RecordingDone{ID: a.ID, Failed: true})
		}
	case StopRecord:
		err = c.phone.StopRecording(ctx, recordingName(c.ID, a.ID))
	case Discard:
		for _, id := range a.IDs {
			c.discard(ctx, recordingName(c.ID, id))
		}
	case Connect:
		err = c.connect(ctx, a.Talk)
	case Disconnect:
		err = c.phone.RemoveChannel(ctx, c.bridge(a.Agent), c.Channel)
	case SendDigits:
		err = c.phone.SendDigits(ctx, c.Channel, a.Digits)
	case Skip:
		err = c.phone.SkipPlayback(ctx, playbackName(c.ID, a.ID), a.Forward)
	case Pause:
		err = c.phone.PausePlayback(ctx, playbackName(c.ID, a.ID), a.On)
	case Dial, HangLeg, Join, Part:
		err = c.transfer(ctx, a)
	case Hangup:
		err = c.hangUp(ctx)
	default:
		c.inform(a)
	}
	if err != nil && !asterisk.Gone(err) {
		c.log.Warn("not done", "what", fmt.Sprintf("%T", a), "err", err) // its content may be personal
	}
}

// hangUp ends the caller's channel, and tries until it is gone: a caller whose call is over for
// us would else stay on the line, and come back as a new one after a restart.
func (c *Call) hangUp(ctx context.Context) error {
	for told := false; ; told = true {
		err := c.phone.Hangup(ctx, c.Channel, causeNormal)
		if err == nil || asterisk.Gone(err) || ctx.Err() != nil {
			return err
		}
		if !told {
			c.log.Warn("the caller could not be hung up on; trying every second", "err", err)
		}
		select {
		case <-time.After(hangUpEvery):
		case <-ctx.Done():
		}
	}
}

const hangUpEvery = time.Second

// Causes of ITU-T Q.850.
const (
	causeNormal = 16 // normal call clearing
	causeFailed = 38 // network out of order
)

// inform is perform for what concerns us alone.
func (c *Call) inform(a Action) {
	switch a := a.(type) {
	case Enqueue:
		c.engine.Enqueue(c.ID, a.Stay)
	case Relax:
		c.engine.Relax(c.ID, a.Skill)
	case Leave:
		c.engine.Leave(c.ID)
	case Bridged:
		c.engine.Connected(c.ID)
	case Release:
		if !a.Talked {
			c.engine.Bridged(a.Talk.Lease, ivr.NewError(ivr.CodeOfferOver, "the caller is no longer there"))
		}
		c.engine.Release(a.Talk, a.Talked)
	case Reply:
		a.To(a.Err)
	case File:
		c.engine.File(a.Message)
	case Work:
		c.engine.Work(c.ID, c.program, a)
	}
}

func (c *Call) play(ctx context.Context, a Play) error {
	files, lost := audible(a.Sounds)
	if len(lost) > 0 {
		c.log.Error("sounds are missing", "files", lost)
	}
	if len(files) == 0 {
		c.box.Put(PlaybackDone{ID: a.ID, Failed: true})
		return nil
	}
	err := c.phone.Play(ctx, c.Channel, playbackName(c.ID, a.ID), files)
	if err != nil {
		c.box.Put(PlaybackDone{ID: a.ID, Failed: true})
	}
	return err
}

// audible gives the files to play; lost are those that something else stands for. Lost
// sounds side by side are apologised for once.
func audible(sounds []Sound) (files, lost []string) {
	for _, s := range sounds {
		i := slices.IndexFunc(s, isSound)
		if i > 0 || i < 0 {
			lost = append(lost, s[0])
		}
		if i < 0 || (i > 0 && len(files) > 0 && files[len(files)-1] == s[i]) {
			continue
		}
		files = append(files, s[i])
	}
	return files, lost
}

// isSound tells whether a sound is there. Sounds that come with Asterisk have no path.
func isSound(file string) bool {
	if file == "" {
		return false
	}
	if !filepath.IsAbs(file) {
		return true
	}
	_, err := os.Stat(file + ".wav")
	return err == nil
}

func (c *Call) music(ctx context.Context, a Music) error {
	if a.On {
		return c.phone.StartMusic(ctx, c.Channel, a.Class)
	}
	return c.phone.StopMusic(ctx, c.Channel)
}

// transfer rings, connects and parts the outside end.
func (c *Call) transfer(ctx context.Context, a Action) error {
	switch a := a.(type) {
	case Dial:
		err := c.engine.Dial(ctx, c.ID, a)
		if err != nil {
			_ = c.phone.Hangup(ctx, LegName(c.ID, a.ID), causeNormal) // it may ring all the same
			c.box.Put(LegGone{ID: a.ID, Cause: causeFailed})
		}
		return err
	case HangLeg:
		return c.phone.Hangup(ctx, LegName(c.ID, a.ID), causeNormal)
	case Join:
		err := c.join(ctx, LegName(c.ID, a.ID))
		if err != nil { // LegGone follows: the caller does not stay in silence
			err = errors.Join(err, c.phone.Hangup(ctx, LegName(c.ID, a.ID), causeNormal))
		}
		return err
	case Part:
		return c.phone.DeleteBridge(ctx, LegName(c.ID, a.ID))
	}
	return nil
}

// join puts the caller and the outside end into a bridge with the end's name.
func (c *Call) join(ctx context.Context, leg string) error {
	if err := c.phone.CreateBridge(ctx, leg); err != nil {
		return err
	}
	return errors.Join(c.phone.AddChannel(ctx, leg, c.Channel), c.phone.AddChannel(ctx, leg, leg))
}

// discard removes a recording. One that cannot be removed now is removed later, as
// Asterisk's copy of a filed message is.
func (c *Call) discard(ctx context.Context, recording string) {
	err := c.phone.DeleteRecording(ctx, recording)
	if err == nil || asterisk.Gone(err) {
		return
	}
	m := Message{Call: c.ID, Recording: recording, Filed: true}
	data, _ := json.Marshal(m) // plain data: cannot fail
	c.journal.Append(nil, journal.State{Kind: MessageKind, ID: recording, Data: data})
	c.engine.File(m)
}

// connect puts the caller into the agent's bridge and answers whoever accepted.
func (c *Call) connect(ctx context.Context, talk Talk) error {
	err := c.phone.AddChannel(ctx, c.bridge(talk.Agent), c.Channel)
	if err == nil {
		c.box.Put(ConnectDone{Lease: talk.Lease})
		c.engine.Bridged(talk.Lease, nil)
		return nil
	}
	c.engine.Bridged(talk.Lease, ivr.NewError(ivr.CodeOfferOver, "the caller could not be connected"))
	c.box.Put(ConnectDone{Lease: talk.Lease, Failed: true})
	return err
}
