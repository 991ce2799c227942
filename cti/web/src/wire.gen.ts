// Code generated from cti/wire/wire.go by cti/wire/gen; DO NOT EDIT.
// The messages of the agents' websocket. Times are Unix milliseconds, durations milliseconds.

export const Proto = "ctid.v1";
export const KindHello = "hello";
export const KindWelcome = "welcome";
export const KindSnap = "snap";
export const KindEvent = "evt";
export const KindCommand = "cmd";
export const KindResult = "res";
export const KindBeat = "hb";
export const KindBye = "bye";
export const CloseProtocol = 4400; // message not understood
export const CloseAuth = 4401; // session over: sign in again
export const CloseForbidden = 4403; // not allowed
export const CloseSlow = 4408; // reader too slow: reconnect and resume
export const CloseReplaced = 4409; // another place took over
export const CloseDrain = 4410; // server goes away: reconnect after retryMs
export const CloseUpgrade = 4426; // page too old: reload
export const EventAgent = "agent.state"; // Agent
export const EventLine = "line.status"; // Line
export const EventLineDrop = "line.drop"; // Epoch: end the leg of that claim locally
export const EventOffered = "call.offered"; // Call
export const EventConnected = "call.connected"; // Call
export const EventHeld = "call.held"; // Call
export const EventRetrieved = "call.retrieved"; // Call
export const EventReleased = "call.ended"; // Call: conversation over; wrap-up may follow
export const EventDiverted = "call.diverted"; // How: missed rejected withdrawn line_lost; the card goes
export const EventCleared = "call.cleared"; // the card goes: wrap-up over
export const EventUpdated = "call.data"; // Call: attributes changed
export const EventLink = "link.status"; // Link
export const EventReplaced = "session.replaced";
export const CmdSignIn = "agent.signIn"; // none: start of shift
export const CmdSignOut = "agent.signOut"; // none: end of shift
export const CmdSetState = "agent.setState"; // SetState
export const CmdExtendWrap = "agent.extendWrap"; // none
export const CmdEndWrap = "agent.endWrap"; // none
export const CmdLineClaim = "line.claim"; // none; result data LineGrant
export const CmdLineBeat = "line.beat"; // LineBeat
export const CmdLineFail = "line.fail"; // LineFail
export const CmdAnswer = "call.answer"; // LeaseRef; ok means bridged
export const CmdReject = "call.reject"; // LeaseRef
export const CmdHold = "call.hold"; // none
export const CmdRetrieve = "call.retrieve"; // none
export const CmdDigits = "call.dtmf"; // Digits
export const CmdEnd = "call.end"; // none
export const CmdDispose = "call.dispose"; // Dispose

/** Hello is the client's first message, within 5 s of the connection. */
export interface Hello {
  t: "hello";
  app: string; // build of the page
  tab: string; // random id of the tab
  csrf: string; // value that GET /api/v1/me gave
  resume?: Cursor; // last position seen
}

/** Cursor is a place in the stream. */
export interface Cursor {
  epoch: string; // of the ctid process
  seq: number;
}

/** Welcome answers hello; a snap or the missed events follow. */
export interface Welcome {
  t: "welcome";
  epoch: string;
  seq: number; // last event of the stream
  now: number; // server's clock, Unix milliseconds
  beatEvery: number; // ms
  deadAfter: number; // ms without a message
  resumed: boolean;
}

/** Snap is the whole state of the agent; it replaces what the page knew. */
export interface Snap {
  t: "snap";
  epoch: string;
  seq: number;
  data: Self;
}

/** Self is all that a desk shows of its agent. */
export interface Self {
  me: Me;
  agent: AgentView;
  line: LineView;
  call: Card | null; // null: no call
  link: boolean; // false: ivrd is away; nothing can be commanded
}

/** Me is the signed-in person. */
export interface Me {
  id: string;
  name: string;
  role: string; // agent, supervisor, admin
  skills: Record<string, string[] | null> | null;
  reasons: string[] | null; // not-ready reasons that can be chosen
  dispositions: string[] | null; // what a call can be about
}

/** AgentView is the routing state. */
export interface AgentView {
  state: string; // logged_out not_ready ready reserved busy wrap_up
  reason: string;
  since: number; // Unix ms
  until: number; // deadline of reserved or wrap_up, Unix ms; 0 = none
  nextState: string; // pending; "" = the profile's own
  nextReason: string;
}

/** LineView is the audio line's health as the server sees it. */
export interface LineView {
  status: string; // down starting up restoring
  why: string;
  epoch: number; // of the claim in force; 0 = none
  mine: boolean; // this tab holds the claim
}

/** Card is the call that the agent is offered, talks to or wraps up. */
export interface Card {
  id: string;
  phase: string; // offered talking held wrap_up
  lease: string;
  from: string; // "" = withheld
  name: string; // "" = not known
  lang: string; // ms en zh ta, "" = not known
  cluster: string;
  queue: string;
  path: string[] | null; // through the menu, in words
  waitedMs: number; // from queueing to offer
  offeredAt: number;
  answerBy: number;
  connectedAt: number; // 0 = not yet
  heldAt: number; // 0 = not held
  heldMs: number; // finished holds
  endedAt: number; // conversation over; 0 = not yet
  disposition: string;
  note: string;
  earlier: Earlier[] | null; // newest first, at most 3
}

/** Earlier is a former call of the same caller. */
export interface Earlier {
  at: number;
  cluster: string;
  agent: string;
  disposition: string;
  note: string;
  outcome: string;
}

/** Event is one change. Only the fields that its type names are set. */
export type Event = { t: "evt"; seq: number; ts: number } & (
  | { type: "agent.state"; agent: AgentView }
  | { type: "line.status"; line: LineView }
  | { type: "line.drop"; epoch: number }
  | { type: "call.offered"; call: Card }
  | { type: "call.connected"; call: Card }
  | { type: "call.held"; call: Card }
  | { type: "call.retrieved"; call: Card }
  | { type: "call.ended"; call: Card }
  | { type: "call.diverted"; how: string }
  | { type: "call.cleared" }
  | { type: "call.data"; call: Card }
  | { type: "link.status"; link: boolean }
  | { type: "session.replaced" }
);

/** Command asks for something. It dies 5 s after it was sent; pages never keep one for later. */
export interface Command {
  t: "cmd";
  id: string; // unique per agent, at most 64 characters
  type: string;
  call?: string;
  data?: unknown;
}

/** SetState is the data of agent.setState. */
export interface SetState {
  state: string; // ready, not_ready
  reason?: string;
}

/** LineBeat is the data of line.beat. */
export interface LineBeat {
  epoch: number;
  ok: boolean;
}

/** LineFail is the data of line.fail. */
export interface LineFail {
  epoch: number;
  why: string;
}

/** LeaseRef is the data of call.answer and call.reject. */
export interface LeaseRef {
  lease: string;
}

/** Digits is the data of call.dtmf. */
export interface Digits {
  digits: string;
}

/** Dispose is the data of call.dispose. */
export interface Dispose {
  disposition: string;
  note?: string;
}

/** LineGrant is the result of line.claim: how the page registers and which leg it may answer. */
export interface LineGrant {
  user: string;
  secret: string;
  leg: string; // X-CTI-Leg of our INVITE
  epoch: number;
}

/** Result answers a command. */
export interface Result {
  t: "res";
  id: string;
  ok: boolean;
  err?: Problem;
  data?: unknown;
  replayed?: boolean;
}

/** Problem is why a command was refused: Code for the page's dictionary, Message in English. */
export interface Problem {
  code: string;
  message: string;
}

/** Beat goes both ways every BeatEvery. */
export interface Beat {
  t: "hb";
  ts: number;
}

/** Bye is the server's last message before it closes. */
export interface Bye {
  t: "bye";
  code: number;
  retryMs: number; // come back after this; negative = do not
  why: string;
}

/** What each command carries. */
export interface CommandData {
  "agent.signIn": undefined;
  "agent.signOut": undefined;
  "agent.setState": SetState;
  "agent.extendWrap": undefined;
  "agent.endWrap": undefined;
  "line.claim": undefined;
  "line.beat": LineBeat;
  "line.fail": LineFail;
  "call.answer": LeaseRef;
  "call.reject": LeaseRef;
  "call.hold": undefined;
  "call.retrieve": undefined;
  "call.dtmf": Digits;
  "call.end": undefined;
  "call.dispose": Dispose;
}

/** What each command's result carries. */
export interface ResultData {
  "agent.signIn": undefined;
  "agent.signOut": undefined;
  "agent.setState": undefined;
  "agent.extendWrap": undefined;
  "agent.endWrap": undefined;
  "line.claim": LineGrant;
  "line.beat": undefined;
  "line.fail": undefined;
  "call.answer": undefined;
  "call.reject": undefined;
  "call.hold": undefined;
  "call.retrieve": undefined;
  "call.dtmf": undefined;
  "call.end": undefined;
  "call.dispose": undefined;
}

export type ClientMessage = Hello | Command | Beat;
export type ServerMessage = Welcome | Snap | Event | Result | Beat | Bye;
