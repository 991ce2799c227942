// Audio by SIP over websocket and WebRTC. The only file that knows JsSIP.
//
// An agent's leg, one per claim; a new claim makes a new user agent with its own secret:
//
//   registering ──registered──▶ waiting ──INVITE with our nonce──▶ up ──BYE, drop──▶ gone
//        └───────── refused ──────┴──▶ failed

import { UA, WebSocketInterface, type C } from 'jssip';
import type { EndEvent, IceCandidateEvent, PeerConnectionEvent, RTCSession } from 'jssip/lib/RTCSession';
import type { DisconnectEvent, RTCSessionEvent, UnRegisteredEvent } from 'jssip/lib/UA';
import type { AgentLine, LegReport, LineEvents, PathSample } from './line';
import type { LineGrant } from './wire.gen';

const gatherMs = 100; // after the last candidate the answer goes out: no STUN, host candidates only
const probeMs = 4000;
const pcConfig: RTCConfiguration = { iceServers: [] };

/** ws: or wss: address of a path on our own server. */
export function socketURL(path: string): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
}

function newUA(socket: WebSocketInterface, user: string, secret: string, register: boolean): UA {
  return new UA({
    sockets: socket,
    uri: `sip:${user}@${location.hostname}`,
    authorization_user: user,
    password: secret,
    register,
    register_expires: 120,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 8,
    user_agent: 'Talian',
  });
}

/** Sends offer or answer 100 ms after the last candidate; JsSIP itself would wait for the end of gathering. */
function limitGathering(session: RTCSession): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  session.on('icecandidate', (e: IceCandidateEvent) => {
    clearTimeout(timer);
    timer = setTimeout(e.ready, gatherMs);
  });
}

function onPeer(session: RTCSession, use: (pc: RTCPeerConnection) => void): void {
  const present = session.connection as RTCPeerConnection | null;
  if (present) use(present);
  else session.on('peerconnection', (e: PeerConnectionEvent) => use(e.peerconnection));
}

function hearRemote(session: RTCSession, onAudio: (remote: MediaStream) => void): void {
  onPeer(session, (pc) =>
    pc.addEventListener('track', (e) => onAudio(e.streams[0] ?? new MediaStream([e.track]))),
  );
}

/** Counters of a peer connection; entries that a browser leaves out count as 0. */
export async function readPath(pc: RTCPeerConnection): Promise<PathSample> {
  const sample: PathSample = { at: Date.now(), state: pc.connectionState, packets: 0, pair: 0 };
  for (const entry of (await pc.getStats()).values() as Iterable<Record<string, unknown>>) {
    if (entry['type'] === 'inbound-rtp') sample.packets += Number(entry['packetsReceived'] ?? 0);
    if (entry['type'] === 'candidate-pair') {
      sample.pair += Number(entry['bytesReceived'] ?? 0) + Number(entry['responsesReceived'] ?? 0);
    }
  }
  return sample;
}

interface Claim {
  grant: LineGrant;
  ua: UA;
  socket: WebSocketInterface;
  session: RTCSession | null;
}

/** The agent's line over JsSIP. */
export class SipLine implements AgentLine {
  readonly #events: LineEvents;
  readonly #claims = new Map<number, Claim>();
  #epoch = 0; // of the newest claim
  #mic: MediaStream | null = null;
  #muted = false;

  constructor(events: LineEvents) {
    this.#events = events;
  }

  claim(grant: LineGrant): void {
    const socket = new WebSocketInterface(socketURL('/sip'));
    const claim: Claim = { grant, socket, ua: newUA(socket, grant.user, grant.secret, true), session: null };
    this.#forgetIdle();
    this.#claims.set(grant.epoch, claim);
    this.#epoch = grant.epoch;
    claim.ua.on('registered', () => {
      if (claim.session === null) this.#report(claim, 'waiting');
    });
    claim.ua.on('registrationFailed', (e: UnRegisteredEvent) => {
      // A lost socket is mended by JsSIP itself; a refusal needs new credentials.
      if (e.response && claim.session === null) this.#report(claim, 'failed', `registration: ${e.cause ?? ''}`);
    });
    claim.ua.on('newRTCSession', (e: RTCSessionEvent) => this.#incoming(claim, e));
    this.#report(claim, 'registering');
    claim.ua.start();
  }

  drop(epoch: number): void {
    const claim = this.#claims.get(epoch);
    if (claim === undefined) return;
    this.#claims.delete(epoch);
    end(claim);
    if (epoch === this.#epoch) this.#events.onLeg({ epoch, phase: 'none', why: 'dropped' });
  }

  probe(): void {
    const claim = this.#claims.get(this.#epoch);
    if (claim === undefined) return;
    const cut = (): void => {
      claim.socket.disconnect();
      claim.socket.ondisconnect(true); // JsSIP comes back by itself
    };
    if (!claim.ua.isConnected()) return;
    const timer = setTimeout(cut, probeMs);
    claim.ua.once('registered', () => clearTimeout(timer));
    claim.ua.once('disconnected', () => clearTimeout(timer));
    claim.ua.register();
  }

  useMic(stream: MediaStream): void {
    this.#mic = stream;
    this.setMuted(this.#muted);
    const track = stream.getAudioTracks()[0] ?? null;
    for (const claim of this.#claims.values()) {
      const sender = claim.session?.connection?.getSenders().find((s: RTCRtpSender) => s.track?.kind === 'audio');
      sender?.replaceTrack(track).catch((err: unknown) => this.#report(claim, 'failed', `microphone: ${String(err)}`));
    }
  }

  /** A disabled track goes on sending packets of silence, so the leg stays alive. */
  setMuted(muted: boolean): void {
    this.#muted = muted;
    for (const track of this.#mic?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  async sample(): Promise<PathSample | null> {
    const pc = this.#claims.get(this.#epoch)?.session?.connection as RTCPeerConnection | null | undefined;
    return pc ? readPath(pc) : null;
  }

  close(): void {
    for (const claim of this.#claims.values()) end(claim);
    this.#claims.clear();
    this.#epoch = 0;
    this.#events.onLeg({ epoch: 0, phase: 'none', why: '' });
  }

  #incoming(claim: Claim, e: RTCSessionEvent): void {
    const { session } = e;
    if (session.direction !== 'incoming') return;
    if (e.request.getHeader('X-CTI-Leg') !== claim.grant.leg || this.#mic === null) {
      session.terminate({ status_code: 403 });
      return;
    }
    const before = claim.session;
    claim.session = session;
    limitGathering(session);
    session.on('confirmed', () => this.#report(claim, 'up'));
    session.on('ended', () => this.#gone(claim, session, 'none', 'ended'));
    session.on('failed', (f: EndEvent) => this.#gone(claim, session, 'failed', f.cause));
    session.answer({ mediaStream: this.#mic, pcConfig });
    hearRemote(session, this.#events.onAudio);
    if (before !== null) endSession(before);
  }

  #gone(claim: Claim, session: RTCSession, phase: LegReport['phase'], why: string): void {
    if (claim.session !== session) return;
    claim.session = null;
    this.#report(claim, phase, why);
  }

  /** Claims without a leg have nothing to keep: only a living leg waits for the new one. */
  #forgetIdle(): void {
    for (const [epoch, claim] of this.#claims) {
      if (claim.session !== null) continue;
      end(claim);
      this.#claims.delete(epoch);
    }
  }

  #report(claim: Claim, phase: LegReport['phase'], why = ''): void {
    if (claim.grant.epoch !== this.#epoch || !this.#claims.has(claim.grant.epoch)) return;
    this.#events.onLeg({ epoch: claim.grant.epoch, phase, why });
  }
}

function end(claim: Claim): void {
  const { session } = claim;
  claim.session = null;
  if (session !== null) endSession(session);
  claim.ua.stop();
}

/** Ends a session here: the BYE is a courtesy that a dead socket may swallow. */
function endSession(session: RTCSession): void {
  const pc = session.connection as RTCPeerConnection | null;
  try {
    session.terminate();
  } catch {
    // already over
  }
  pc?.close();
}

/** What a citizen's phone tells. */
export interface PhoneEvents {
  onPhase: (phase: 'idle' | 'dialling' | 'ringing' | 'talking', why: string) => void;
  onAudio: (remote: MediaStream) => void;
}

/** A phone that dials out, for guests. */
export class SipPhone {
  readonly #ua: UA;
  readonly #events: PhoneEvents;
  #session: RTCSession | null = null;
  #over = false;

  constructor(socketPath: string, user: string, secret: string, events: PhoneEvents) {
    this.#events = events;
    this.#ua = newUA(new WebSocketInterface(socketURL(socketPath)), user, secret, false);
  }

  /** Dials a number once the socket is open. */
  dial(number: string, mic: MediaStream): void {
    this.#events.onPhase('dialling', '');
    this.#ua.on('connected', () => {
      if (this.#session === null) this.#invite(number, mic);
    });
    this.#ua.on('disconnected', (e: DisconnectEvent) => {
      if (this.#session === null && e.error) this.hangUp('no connection');
    });
    this.#ua.start();
  }

  #invite(number: string, mic: MediaStream): void {
    const session = this.#ua.call(`sip:${number}@${location.hostname}`, { mediaStream: mic, pcConfig });
    this.#session = session;
    limitGathering(session);
    hearRemote(session, this.#events.onAudio);
    session.on('progress', () => this.#events.onPhase('ringing', ''));
    session.on('confirmed', () => this.#events.onPhase('talking', ''));
    session.on('ended', () => this.hangUp(''));
    session.on('failed', (e: EndEvent) => this.hangUp(e.cause));
  }

  /** Sends one key by RFC 4733 telephone events. */
  press(key: string): void {
    this.#session?.sendDTMF(key, { transportType: 'RFC2833' as C.DTMF_TRANSPORT, duration: 120, interToneGap: 70 });
  }

  async sample(): Promise<PathSample | null> {
    const pc = this.#session?.connection as RTCPeerConnection | null | undefined;
    return pc ? readPath(pc) : null;
  }

  /** Ends the call and the connection; the phone cannot be used again. */
  hangUp(why = ''): void {
    if (this.#over) return;
    this.#over = true;
    const session = this.#session;
    this.#session = null;
    if (session !== null && !session.isEnded()) endSession(session);
    this.#ua.stop();
    this.#events.onPhase('idle', why);
  }
}
