// A line without SIP, for tests: the test itself brings legs up and down.

import type { AgentLine, LegReport, LineEvents, PathSample } from './line';
import type { LineGrant } from './wire.gen';

export class FakeLine implements AgentLine {
  readonly done: string[] = [];
  path: PathSample | null = null;
  readonly #events: LineEvents;
  #epoch = 0; // of the newest claim

  constructor(events: LineEvents) {
    this.#events = events;
  }

  /** Reports a phase of the present claim, as a real line would. */
  report(leg: LegReport): void {
    this.#events.onLeg(leg);
  }

  claim(grant: LineGrant): void {
    this.done.push(`claim ${grant.epoch}`);
    this.#epoch = grant.epoch;
    this.report({ epoch: grant.epoch, phase: 'registering', why: '' });
  }

  drop(epoch: number): void {
    this.done.push(`drop ${epoch}`);
    if (epoch === this.#epoch) this.report({ epoch, phase: 'none', why: 'dropped' });
  }

  probe(): void {
    this.done.push('probe');
  }

  useMic(): void {
    this.done.push('mic');
  }

  setMuted(muted: boolean): void {
    this.done.push(muted ? 'mute' : 'unmute');
  }

  sample(): Promise<PathSample | null> {
    return Promise.resolve(this.path);
  }

  close(): void {
    this.done.push('close');
    this.#epoch = 0;
    this.report({ epoch: 0, phase: 'none', why: '' });
  }
}
