// The desk without its looks: joins socket, line, devices, sound and tabs to the reducer.
//
//   socket ─messages─▶ apply ─state─▶ views
//   line, devices, tabs ──▶ apply        │ clicks
//   socket ◀─commands──── Desk ◀─────────┘
//
// What must happen is derived from the state at each change and once a second: claim a
// line when one is wanted and none is there, ring while a call is offered, open the
// microphone only in conversation.

import { MicError, micAllowed, type Devices, type MicWish } from './devices';
import { claimDue, judge, type AgentLine, type Health } from './line';
import { readDraft, readMuted, writeDraft, writeMuted } from './prefs';
import { CommandError, type CtiSocket } from './socket';
import type { Sound } from './sound';
import { apply, blocked, elsewhere, inConversation, initial, onShift, ringing, type AudioState, type DeskState, type Input } from './state';
import type { TabMessage, Tabs } from './tabs';
import type { CommandData, LineGrant, ResultData, ServerMessage } from './wire.gen';

/** The parts of a desk; each is told apart so that tests can bring their own. */
export interface DeskParts {
  socket: Pick<CtiSocket, 'start' | 'stop' | 'reconnect' | 'command'>;
  line: AgentLine;
  devices: Pick<Devices, 'open' | 'close'>;
  sound: Pick<Sound, 'unlock' | 'ring' | 'warn' | 'watchMic' | 'hear'>;
  tabs: Pick<Tabs, 'start' | 'stop' | 'take' | 'say'>;
  /** The microphone to open, asked each time. */
  micWish: () => MicWish;
}

const tickMs = 1000;
const beatTicks = 5;
const lastMomentMs = 1500; // before the end of wrap-up an unsaved draft is sent

export class Desk {
  state: DeskState = initial;
  readonly #make: (desk: Desk) => DeskParts;
  #parts!: DeskParts;
  #listeners = new Set<(state: DeskState) => void>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #ticks = 0;
  #mic = false; // a microphone is open
  #health: Health | null = null;
  #claiming = false;
  #claimedAt = 0;
  #claimedEpoch = 0;
  #tries = 0;
  #lastWords = ''; // lease of the call whose draft was sent at the last moment

  /** make builds the parts; they report to the desk that they are given. */
  constructor(make: (desk: Desk) => DeskParts) {
    this.#make = make;
  }

  start(): void {
    this.#parts = this.#make(this);
    this.#parts.tabs.start();
    this.#parts.socket.start();
    this.#timer = setInterval(() => void this.#tick(), tickMs);
  }

  /** Ends everything of this page; the shift and the call live on at the server. */
  stop(): void {
    clearInterval(this.#timer);
    this.#parts.socket.stop();
    this.#parts.line.close();
    void this.#parts.devices.close();
    this.#parts.sound.ring(false);
    this.#parts.tabs.stop();
  }

  /** Calls fn at each change; the result ends it. */
  subscribe(fn: (state: DeskState) => void): () => void {
    this.#listeners.add(fn);
    fn(this.state);
    return () => this.#listeners.delete(fn);
  }

  /** Takes an input in and does what the new state asks for. */
  dispatch(input: Input): void {
    const before = this.state;
    this.state = stillMuted(before, apply(before, input));
    for (const fn of this.#listeners) fn(this.state);
    this.#follow(before, this.state);
  }

  /** A message of the server. */
  receive(msg: ServerMessage): void {
    if (msg.t === 'evt' && msg.type === 'line.drop') this.#parts.line.drop(msg.epoch);
    // An order to drop may have been lost with the events that a snap replaces.
    const { leg } = this.state;
    if (msg.t === 'snap' && msg.data.line.status === 'down' && leg.phase === 'up') this.#parts.line.drop(leg.epoch);
    this.dispatch({ from: 'server', msg, at: Date.now() });
  }

  /** A word of another tab. */
  hear(msg: TabMessage): void {
    if (msg.say === 'mute' && this.state.leader) this.mute(msg.muted);
    if (msg.say === 'audio' && !this.state.leader) this.dispatch({ from: 'mic', muted: msg.muted });
  }

  /** A microphone was opened or replaced a lost one. */
  useMic(stream: MediaStream): void {
    this.#mic = true;
    this.#parts.line.useMic(stream);
    this.#parts.sound.watchMic(stream);
    this.dispatch({ from: 'audio', audio: 'ready' });
  }

  /** The other side of a leg can be heard, when the browser lets us. */
  async useRemote(remote: MediaStream): Promise<void> {
    if (!(await this.#parts.sound.hear(remote))) this.dispatch({ from: 'audio', audio: 'click' });
  }

  /** Sends a command of the agent; a refusal becomes state.problem. Resolves to whether it was done. */
  async ask<T extends keyof CommandData>(type: T, data?: CommandData[T]): Promise<boolean> {
    this.dispatch({ from: 'command', asking: type, problem: '' });
    try {
      await this.#parts.socket.command(type, data, this.state.self?.call?.id);
      this.dispatch({ from: 'command', asking: '', problem: '' });
      return true;
    } catch (err) {
      this.dispatch({ from: 'command', asking: '', problem: codeOf(err) });
      return false;
    }
  }

  /** Opens microphone and sound. Call it from a click: browsers want a gesture. */
  async openAudio(): Promise<boolean> {
    this.dispatch({ from: 'audio', audio: 'opening' });
    try {
      const unlocked = this.#parts.sound.unlock();
      await this.#parts.devices.open(this.#parts.micWish());
      const heard = await unlocked;
      this.dispatch({ from: 'audio', audio: heard ? 'ready' : 'click' });
      return heard;
    } catch (err) {
      const why: AudioState = err instanceof MicError ? err.why : 'failed';
      this.dispatch({ from: 'audio', audio: why });
      return false;
    }
  }

  /** Begins the shift; audio is open already. The line follows from the state. */
  startShift(): Promise<boolean> {
    if (!this.state.leader) this.#parts.tabs.take();
    return this.ask('agent.signIn');
  }

  /** Makes this tab the one with the line. */
  useThisTab(): void {
    this.#parts.tabs.take();
  }

  /** Takes the desk back from another place. */
  useHere(): void {
    this.#claimedEpoch = 0;
    this.#tries = 0;
    if (onShift(this.state) && this.state.audio !== 'ready') void this.openAudio();
    this.dispatch({ from: 'agent', seen: 'replaced' });
    this.comeBack();
  }

  /** Connects again after an end that a person has mended: signed in anew, or wants the desk here. */
  comeBack(): void {
    if (this.state.socket === 'ended') this.#parts.socket.start();
  }

  /** One click that mends the line: sound, microphone, and a claim at once. */
  async restoreAudio(): Promise<void> {
    this.#tries = 0;
    this.#claimedAt = 0;
    if (await this.openAudio()) this.#claimWhenDue();
  }

  /** Mutes or opens the microphone; a follower asks the leader. */
  mute(muted: boolean): void {
    if (!this.state.leader) {
      this.#parts.tabs.say({ say: 'mute', muted });
      return;
    }
    writeMuted(muted ? (this.state.self?.call?.id ?? '') : '');
    this.dispatch({ from: 'mic', muted });
    this.#parts.tabs.say({ say: 'audio', muted });
  }

  /** The network is back: do not wait for the next try. */
  networkBack(): void {
    this.#parts.socket.reconnect();
    this.#parts.line.probe();
  }

  /** Server's clock now, Unix ms. */
  serverNow(): number {
    return Date.now() + this.state.clockOffset;
  }

  #follow(before: DeskState, now: DeskState): void {
    if (now.gap && !before.gap) this.#parts.socket.reconnect();
    this.#parts.sound.ring(ringing(now) && now.leader);
    this.#parts.line.setMuted(now.muted || !inConversation(now));
    if (before.leg.phase === 'up' && now.leg.phase !== 'up' && onShift(now) && now.leader) this.#parts.sound.warn();
    if (now.leg.phase === 'up' && before.leg.phase !== 'up') this.#health = null;
    if (before.socket === 'away' && now.socket === 'open') this.#parts.line.probe();
    if (now.muted && inConversation(before) && !inConversation(now) && now.leader) this.mute(false);
    this.#followShift(before, now);
    this.#claimWhenDue();
  }

  /** Opens audio when this tab has to have it and lets it go when not. */
  #followShift(before: DeskState, now: DeskState): void {
    const wants = wantsLine(now);
    const wanted = wantsLine(before);
    if (wants && !wanted && now.audio === 'off') void this.#reopenAudio();
    if (wanted && !wants) {
      this.#parts.line.close();
      this.#claimedAt = this.#claimedEpoch = this.#tries = 0;
      this.#mic = false;
      void this.#parts.devices.close();
      this.dispatch({ from: 'audio', audio: 'off' });
    }
  }

  /** After a reload or take-over: without a question when the browser remembers. */
  async #reopenAudio(): Promise<void> {
    if (await micAllowed()) await this.openAudio();
    else this.dispatch({ from: 'audio', audio: 'click' });
  }

  #claimWhenDue(): void {
    const s = this.state;
    const line = s.self?.line;
    const due = claimDue({
      leader: s.leader,
      shift: onShift(s),
      canCommand: blocked(s) === '',
      elsewhere: this.#claimedEpoch > 0 && line !== undefined && !line.mine && line.epoch > this.#claimedEpoch,
      audio: s.audio === 'ready' || (s.audio === 'click' && this.#mic),
      leg: s.leg,
      claimedAt: this.#claimedAt,
      tries: this.#tries,
      now: Date.now(),
    });
    if (due && !this.#claiming) void this.#claim();
  }

  async #claim(): Promise<void> {
    this.#claiming = true;
    this.#claimedAt = Date.now();
    this.#tries++;
    try {
      const grant: LineGrant = await this.#command('line.claim');
      if (!wantsLine(this.state)) return; // another place or tab took over, or the shift ended
      this.#claimedAt = Date.now(); // set anew: a take-over that came and went has cleared it
      this.#claimedEpoch = grant.epoch;
      this.#parts.line.claim(grant);
    } catch (err) {
      if (wantsLine(this.state)) this.dispatch({ from: 'leg', leg: { ...this.state.leg, phase: 'failed', why: codeOf(err) } });
    } finally {
      this.#claiming = false;
    }
  }

  #command<T extends keyof CommandData>(type: T, data?: CommandData[T]): Promise<ResultData[T]> {
    return this.#parts.socket.command(type, data);
  }

  async #tick(): Promise<void> {
    this.#ticks++;
    if (this.state.leader && onShift(this.state)) {
      await this.#checkLine();
      this.#saveAtTheLastMoment();
    }
    this.#claimWhenDue();
  }

  async #checkLine(): Promise<void> {
    const { leg, self } = this.state;
    if (leg.phase !== 'up') return;
    const sample = await this.#parts.line.sample();
    if (sample === null || this.state.leg !== leg) return;
    this.#health = judge(this.#health, sample, self?.call?.phase === 'talking');
    const dead = this.#health.verdict === 'dead';
    if (!dead && this.#health.verdict === 'ok') this.#tries = 0;
    if (this.#ticks % beatTicks === 0) {
      const ok = sample.state === 'connected' && !dead;
      // A beat that is not heard is the message that it is.
      void this.#command('line.beat', { epoch: leg.epoch, ok }).catch(() => undefined);
    }
    if (dead) this.#fail(leg.epoch, this.#health.why);
  }

  /** Says that the leg is dead; the claim of a new one follows from the state. */
  #fail(epoch: number, why: string): void {
    void this.#command('line.fail', { epoch, why }).catch(() => undefined); // the claim tells as much
    this.dispatch({ from: 'leg', leg: { epoch, phase: 'failed', why } });
  }

  /** The server ends the wrap-up at its deadline; what the agent typed must not be lost, chosen or not what it was about. */
  #saveAtTheLastMoment(): void {
    const self = this.state.self;
    const call = self?.call;
    if (!self || call?.phase !== 'wrap_up' || self.agent.until === 0 || this.#lastWords === call.lease) return;
    if (self.agent.until - this.serverNow() > lastMomentMs) return;
    const draft = readDraft(call.id);
    if (draft === null) return;
    const disposition = draft.disposition || call.disposition;
    if (disposition === '' && draft.note === '') return;
    this.#lastWords = call.lease;
    void this.dispose(disposition, draft.note);
  }

  /** Notes what the call was about and forgets the draft; in wrap-up it also ends it. */
  async dispose(disposition: string, note: string): Promise<boolean> {
    const done = await this.ask('call.dispose', { disposition, note });
    if (done) writeDraft(null);
    return done;
  }
}

/** A conversation that comes up muted in this browser, after a reload or in another tab, stays so. */
function stillMuted(before: DeskState, now: DeskState): DeskState {
  const call = inConversation(now) ? now.self?.call?.id : undefined;
  if (call === undefined || (inConversation(before) && before.self?.call?.id === call)) return now;
  return { ...now, muted: now.muted || readMuted(call) };
}

/** This tab has to have microphone and leg. */
function wantsLine(state: DeskState): boolean {
  return onShift(state) && state.leader && !elsewhere(state);
}

function codeOf(err: unknown): string {
  return err instanceof CommandError ? err.code : 'internal';
}
