// The state of a desk: one pure reducer. Everything the views draw is in DeskState.
//
// The position in the server's stream:
//
//             welcome                snap, or welcome.resumed
//   (start) ───────────▶ waiting ──────────────────────────────▶ following ─┐ evt seq+1
//                           ▲                                       │    ▲──┘
//                           └──────────── new welcome ◀─────────────┘
//
// The call card, driven by the server's events alone:
//
//             call.offered            call.connected           call.held
//   no card ───────────────▶ offered ───────────────▶ talking ───────────▶ held
//     ▲  ▲    call.diverted     │                       │  ▲ call.retrieved  │
//     │  └──────────────────────┘            call.ended │  └────────────────┤
//     │                                                 ▼                   │
//     └───────────────────────────────────────────── wrap_up ◀──────────────┘
//                       call.cleared

import type { MicProblem } from './devices';
import type { LegReport } from './line';
import type { Card, CommandData, Cursor, Event, Self, ServerMessage } from './wire.gen';

/** How the CTI socket is: `ended` is one of the ends in Ended and stays until a person acts. */
export type SocketStatus = 'connecting' | 'open' | 'away' | 'ended';

/** Why the socket does not come back by itself. */
export type Ended = '' | 'auth' | 'forbidden' | 'replaced' | 'upgrade' | 'closed';

/** Microphone and loudspeaker of this tab: `click` = the browser wants a gesture first. */
export type AudioState = 'off' | 'opening' | 'ready' | 'click' | MicProblem;

export interface DeskState {
  /** What the server says; null until the first snap. */
  self: Self | null;
  /** Position in the stream; null until the first snap. */
  cursor: Cursor | null;
  /** True between a welcome that does not resume and its snap: events do not count. */
  waiting: boolean;
  /** An event was missed: the socket must connect anew and resume. */
  gap: boolean;
  socket: SocketStatus;
  ended: Ended;
  /** Local clock when the socket went away, Unix ms; 0 = it is there. */
  awaySince: number;
  /** The server's clock minus ours, ms. */
  clockOffset: number;
  /** How the last offer was lost: missed, rejected, withdrawn, line_lost; '' = none lost. */
  diverted: string;
  /** Another place took the session or the line over; over when the server calls the line ours again. */
  replaced: boolean;
  /** Messages of kinds or types that this build does not know. */
  unknown: number;
  /** This tab owns microphone and SIP. */
  leader: boolean;
  leg: LegReport;
  audio: AudioState;
  muted: boolean;
  /** The command under way, '' = none. */
  asking: keyof CommandData | '';
  /** Code of the last refusal that the agent has not yet put away, '' = none. */
  problem: string;
}

export const initial: DeskState = {
  self: null,
  cursor: null,
  waiting: false,
  gap: false,
  socket: 'connecting',
  ended: '',
  awaySince: 0,
  clockOffset: 0,
  diverted: '',
  replaced: false,
  unknown: 0,
  leader: false,
  leg: { epoch: 0, phase: 'none', why: '' },
  audio: 'off',
  muted: false,
  asking: '',
  problem: '',
};

/** What can change a desk. `at` is the local clock, Unix ms. */
export type Input =
  | { from: 'server'; msg: ServerMessage; at: number }
  | { from: 'socket'; status: SocketStatus; ended: Ended; at: number }
  | { from: 'leg'; leg: LegReport }
  | { from: 'tabs'; leader: boolean }
  | { from: 'mic'; muted: boolean }
  | { from: 'audio'; audio: AudioState }
  | { from: 'command'; asking: keyof CommandData | ''; problem: string }
  | { from: 'agent'; seen: 'diverted' | 'replaced' | 'problem' };

/** Gives the state after an input. Never changes its argument. */
export function apply(state: DeskState, input: Input): DeskState {
  switch (input.from) {
    case 'server':
      return applyMessage(state, input.msg, input.at);
    case 'socket': {
      const away = input.status === 'open' ? 0 : state.awaySince || (state.socket === 'open' ? input.at : 0);
      return { ...state, socket: input.status, ended: input.ended, awaySince: away };
    }
    case 'leg':
      return { ...state, leg: input.leg };
    case 'tabs':
      return { ...state, leader: input.leader };
    case 'mic':
      return { ...state, muted: input.muted };
    case 'audio':
      return { ...state, audio: input.audio };
    case 'command':
      return { ...state, asking: input.asking, problem: input.problem };
    case 'agent':
      return { ...state, [input.seen]: input.seen === 'replaced' ? false : '' };
  }
}

function applyMessage(state: DeskState, msg: ServerMessage, at: number): DeskState {
  switch (msg.t) {
    case 'welcome':
      return { ...state, waiting: !msg.resumed, gap: false, clockOffset: msg.now - at };
    case 'snap':
      return {
        ...state,
        self: msg.data,
        cursor: { epoch: msg.epoch, seq: msg.seq },
        waiting: false,
        gap: false,
        replaced: state.replaced && !msg.data.line.mine,
        diverted: msg.data.call ? '' : state.diverted,
      };
    case 'hb':
      return { ...state, clockOffset: offsetBy(state.clockOffset, msg.ts - at) };
    case 'evt':
      return applyInOrder(state, msg);
    case 'res':
    case 'bye':
      return state;
    default:
      return { ...state, unknown: state.unknown + 1 };
  }
}

const clockSetMs = 2000; // more than a beat is late on its way

/** A late beat makes the offset too small, so the greater one is right; unless a clock was set. */
function offsetBy(known: number, beat: number): number {
  return known - beat > clockSetMs ? beat : Math.max(known, beat);
}

/** Repeats are ignored; a hole stops the stream until the socket has resumed. */
function applyInOrder(state: DeskState, evt: Event): DeskState {
  if (state.self === null || state.cursor === null || state.waiting || state.gap) return state;
  if (evt.seq <= state.cursor.seq) return state;
  if (evt.seq !== state.cursor.seq + 1) return { ...state, gap: true };
  const next = { ...state, cursor: { epoch: state.cursor.epoch, seq: evt.seq } };
  return applyEvent(next, state.self, evt);
}

function applyEvent(state: DeskState, self: Self, evt: Event): DeskState {
  const withCall = (call: Card | null): DeskState => ({ ...state, self: { ...self, call } });
  switch (evt.type) {
    case 'agent.state':
      return { ...state, self: { ...self, agent: evt.agent } };
    case 'line.status':
      return { ...state, self: { ...self, line: evt.line }, replaced: state.replaced && !evt.line.mine };
    case 'link.status':
      return { ...state, self: { ...self, link: evt.link } };
    case 'call.offered':
      return { ...withCall(evt.call), diverted: '' };
    case 'call.connected':
    case 'call.held':
    case 'call.retrieved':
    case 'call.ended':
    case 'call.data':
      return withCall(evt.call);
    case 'call.diverted':
      return { ...withCall(null), diverted: evt.how };
    case 'call.cleared':
      return withCall(null);
    case 'session.replaced':
      return { ...state, replaced: true };
    case 'line.drop':
      return state; // an order to the line, not a state
    default:
      return { ...state, unknown: state.unknown + 1 };
  }
}

/** Signed in for work: anything but logged_out. */
export function onShift(state: DeskState): boolean {
  return state.self !== null && state.self.agent.state !== 'logged_out';
}

/** Another place has the desk: this one keeps its hands off line and commands. */
export function elsewhere(state: DeskState): boolean {
  return state.replaced || state.ended === 'replaced';
}

/** Rings while a call is offered and the server can be heard: sound follows state. */
export function ringing(state: DeskState): boolean {
  return state.self?.call?.phase === 'offered' && state.socket === 'open' && !elsewhere(state);
}

/** In conversation: the only time when the microphone is open. */
export function inConversation(state: DeskState): boolean {
  const phase = state.self?.call?.phase;
  return phase === 'talking' || phase === 'held';
}

/** Why nothing can be commanded now: key of the dictionary, or '' when it can. */
export function blocked(state: DeskState): '' | 'why.away' | 'why.link' | 'why.replaced' {
  if (elsewhere(state)) return 'why.replaced';
  if (state.socket !== 'open' || state.waiting || state.self === null) return 'why.away';
  if (!state.self.link) return 'why.link';
  return '';
}
