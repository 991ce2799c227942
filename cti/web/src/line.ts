// The agent's audio line: the interface that the desk knows, and the judgement of a
// leg's health. How legs are made is the business of line-sip.ts (and line-fake.ts).

import type { LineGrant } from './wire.gen';

/** What this tab's own leg does; the server's view of the line stands beside it. */
export interface LegReport {
  /** Claim that the leg belongs to; 0 = none. */
  epoch: number;
  phase: 'none' | 'registering' | 'waiting' | 'up' | 'failed';
  /** Why it failed, in the library's words. */
  why: string;
}

/** Counters of the audio path at one moment, from RTCPeerConnection.getStats. */
export interface PathSample {
  /** Local clock, ms. */
  at: number;
  state: RTCPeerConnectionState;
  /** RTP packets received. */
  packets: number;
  /** Everything received on the candidate pair: bytes plus answers to our checks. */
  pair: number;
}

/** One claim after another; a new leg is up before the server drops the old one. */
export interface AgentLine {
  /** Registers for a grant and answers only its leg. Older legs stay until drop. */
  claim(grant: LineGrant): void;
  /** Ends the leg of one claim here, whatever its far end thinks. */
  drop(epoch: number): void;
  /** Proves the signalling of the present claim after a doubt; a silent socket is cut. */
  probe(): void;
  /** The microphone's stream; replaces the track of living legs. */
  useMic(stream: MediaStream): void;
  setMuted(muted: boolean): void;
  /** Counters of the present leg, or null when there is none. */
  sample(): Promise<PathSample | null>;
  /** Ends every leg and forgets the credentials. */
  close(): void;
}

/** What a line tells. */
export interface LineEvents {
  onLeg: (leg: LegReport) => void;
  onAudio: (remote: MediaStream) => void;
}

/** Memory of the health judgement. */
export interface Health {
  packets: number;
  packetsAt: number;
  pair: number;
  pairAt: number;
  disconnectedAt: number; // 0 = connected
  verdict: 'ok' | 'doubt' | 'dead';
  why: string;
}

const disconnectedMs = 2000;
const packetsFlatMs = 3000; // with a caller in the bridge
const checksFlatMs = 4500; // browsers check a good path each 2.5 s
const idleFlatMs = 15000;

/**
 * Judges a leg by one more sample. Packets or the answers to connectivity checks prove
 * the path: a caller may send no packets at all (voice activity detection, own mute),
 * and an idle leg gets only comfort noise each 5 s. A leg is dead with a caller in the
 * bridge when packets stand still for 3 s and checks for 4.5 s; without one when both
 * stand still for 15 s; and always when 2 s disconnected.
 */
export function judge(before: Health | null, now: PathSample, talking: boolean): Health {
  const health: Health = before
    ? { ...before, verdict: 'ok', why: '' }
    : { packets: now.packets, packetsAt: now.at, pair: now.pair, pairAt: now.at, disconnectedAt: 0, verdict: 'ok', why: '' };
  if (now.packets !== health.packets) Object.assign(health, { packets: now.packets, packetsAt: now.at });
  if (now.pair !== health.pair) Object.assign(health, { pair: now.pair, pairAt: now.at });
  health.disconnectedAt = now.state === 'connected' ? 0 : health.disconnectedAt || now.at;
  const pairFlat = now.at - health.pairAt;
  if (flatTooLong(now.at - health.packetsAt, pairFlat, talking)) {
    return { ...health, verdict: 'dead', why: `nothing received for ${Math.round(pairFlat / 1000)} s` };
  }
  if (now.state === 'connected') return health;
  const over = now.state === 'failed' || now.state === 'closed' || now.at - health.disconnectedAt > disconnectedMs;
  return { ...health, verdict: over ? 'dead' : 'doubt', why: `connection ${now.state}` };
}

function flatTooLong(packetsFlat: number, pairFlat: number, talking: boolean): boolean {
  if (talking) return packetsFlat > packetsFlatMs && pairFlat > checksFlatMs;
  return Math.min(packetsFlat, pairFlat) > idleFlatMs;
}

/** What decides whether a new claim is due. */
export interface ClaimNeed {
  leader: boolean;
  shift: boolean;
  /** Socket open, ivrd there, not replaced. */
  canCommand: boolean;
  /** Another place holds a newer claim than ours. */
  elsewhere: boolean;
  /** Microphone open. Sound may still wait for a click: the caller hears the agent already. */
  audio: boolean;
  leg: LegReport;
  /** Local clock of the last claim, ms; 0 = none. */
  claimedAt: number;
  /** Claims since the last leg that was up. */
  tries: number;
  now: number;
}

const legDeadlineMs = 12000; // from claim to leg up
const retryMs = [0, 1000, 2000, 4000, 8000, 15000] as const;

/** Tells whether to claim the line now: a leg is wanted and none is up or on its way. */
export function claimDue(n: ClaimNeed): boolean {
  if (!n.leader || !n.shift || !n.canCommand || n.elsewhere || !n.audio || n.leg.phase === 'up') return false;
  const since = n.now - n.claimedAt;
  if (n.leg.phase === 'registering' || n.leg.phase === 'waiting') return since >= legDeadlineMs;
  const pause = retryMs[Math.min(n.tries, retryMs.length - 1)] ?? 0;
  return since >= pause;
}
