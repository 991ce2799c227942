import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { apply, blocked, initial, ringing, type DeskState } from '../src/state';
import type { Card, Event, Self, ServerMessage } from '../src/wire.gen';

const dir = new URL('../../testdata/wire/', import.meta.url);
const golden = <T>(name: string): T => JSON.parse(readFileSync(new URL(name + '.json', dir), 'utf8')) as T;
const names = readdirSync(dir).map((file) => file.replace('.json', ''));

const server = (state: DeskState, msg: ServerMessage): DeskState => apply(state, { from: 'server', msg, at: 1000 });

function following(): DeskState {
  const open = apply(initial, { from: 'socket', status: 'open', ended: '', at: 0 });
  return server(server(open, golden('welcome')), golden('snap'));
}

test('a snap replaces everything and sets the position', () => {
  const state = following();
  expect(state.self).toEqual(golden<{ data: Self }>('snap').data);
  expect(state.cursor).toEqual({ epoch: 'e1', seq: 7 });
  expect(state.clockOffset).toBe(1763872200000 - 1000);
  expect(blocked(state)).toBe('');
});

test('a snap of an agent without anything is drawn as well', () => {
  const state = server(following(), golden('snap_bare'));
  expect(state.self?.call).toBeNull();
  expect(state.self?.me.reasons).toBeNull();
});

const card = (name: string): Card => golden<{ call: Card }>(name).call;
const table: { event: string; want: (state: DeskState) => unknown; gives: unknown }[] = [
  { event: 'evt_agent_state', want: (s) => s.self?.agent.state, gives: 'reserved' },
  { event: 'evt_line_status', want: (s) => s.self?.line.status, gives: 'restoring' },
  { event: 'evt_line_drop', want: (s) => s.self?.line.status, gives: 'up' },
  { event: 'evt_call_offered', want: (s) => s.self?.call, gives: card('evt_call_offered') },
  { event: 'evt_call_connected', want: (s) => s.self?.call?.phase, gives: 'talking' },
  { event: 'evt_call_held', want: (s) => s.self?.call?.phase, gives: 'held' },
  { event: 'evt_call_retrieved', want: (s) => s.self?.call?.heldMs, gives: 4000 },
  { event: 'evt_call_ended', want: (s) => s.self?.call?.phase, gives: 'wrap_up' },
  { event: 'evt_call_data', want: (s) => s.self?.call?.disposition, gives: 'enquiry' },
  { event: 'evt_call_diverted', want: (s) => [s.self?.call, s.diverted], gives: [null, 'missed'] },
  { event: 'evt_call_cleared', want: (s) => s.self?.call, gives: null },
  { event: 'evt_link_status', want: (s) => blocked(s), gives: 'why.link' },
  { event: 'evt_replaced', want: (s) => blocked(s), gives: 'why.replaced' },
];

test.each(table)('$event', ({ event, want, gives }) => {
  const after = server(following(), golden<Event>(event));
  expect(want(after)).toEqual(gives);
  expect(after.cursor?.seq).toBe(8);
  expect(after.unknown).toBe(0);
});

test('every event of the contract stands in the table', () => {
  expect(table.map((row) => row.event).sort()).toEqual(names.filter((name) => name.startsWith('evt_')).sort());
});

test('an unknown event moves the position and is counted', () => {
  const after = server(following(), { t: 'evt', seq: 8, ts: 0, type: 'call.sung' } as unknown as Event);
  expect([after.cursor?.seq, after.unknown]).toEqual([8, 1]);
});

test('an unknown message is counted', () => {
  expect(server(following(), { t: 'song' } as unknown as ServerMessage).unknown).toBe(1);
});

test('rings while offered and heard, not longer', () => {
  const offered = server(following(), golden('evt_call_offered'));
  expect(ringing(offered)).toBe(true);
  expect(ringing(apply(offered, { from: 'socket', status: 'away', ended: '', at: 5 }))).toBe(false);
  expect(ringing(server(offered, { ...golden<Event>('evt_call_connected'), seq: 9 }))).toBe(false);
});

test('a replaced place works again when the server calls the line its own', () => {
  const replaced = server(following(), golden('evt_replaced'));
  const line = (mine: boolean): Event => ({ t: 'evt', seq: 9, ts: 0, type: 'line.status', line: { status: 'up', why: '', epoch: 3, mine } });
  expect(blocked(server(replaced, line(false)))).toBe('why.replaced');
  expect(blocked(server(replaced, line(true)))).toBe('');
});

test('a repeat is ignored, a hole stops the stream until the welcome', () => {
  const state = following();
  const repeat = server(state, { ...golden<Event>('evt_call_offered'), seq: 7 });
  expect(repeat).toBe(state);
  const hole = server(state, { ...golden<Event>('evt_call_offered'), seq: 9 });
  expect([hole.gap, hole.cursor?.seq, hole.self?.call]).toEqual([true, 7, null]);
  expect(server(hole, golden('evt_call_offered')).self?.call).toBeNull();
  expect(server(hole, { ...golden<Extract<ServerMessage, { t: 'welcome' }>>('welcome'), resumed: true }).gap).toBe(false);
});

test('a welcome that does not resume blocks until its snap, whatever the epoch', () => {
  const state = server(following(), { ...golden<Extract<ServerMessage, { t: 'welcome' }>>('welcome'), epoch: 'e2', seq: 2 });
  expect(blocked(state)).toBe('why.away');
  expect(server(state, golden('evt_call_offered')).self?.call).toBeNull();
  const fresh = server(state, { ...golden<Extract<ServerMessage, { t: 'snap' }>>('snap'), epoch: 'e2', seq: 2 });
  expect(fresh.cursor).toEqual({ epoch: 'e2', seq: 2 });
});

test('beats keep the offset of the clocks: late ones do not count, a clock that was set does', () => {
  const beat = (state: DeskState, offset: number): DeskState => apply(state, { from: 'server', msg: { t: 'hb', ts: 5_000_000 + offset }, at: 5_000_000 });
  const offsets: { name: string; beats: number[]; gives: number }[] = [
    { name: 'late', beats: [100, -400], gives: 100 },
    { name: 'less late', beats: [100, 130], gives: 130 },
    { name: 'browser set forward', beats: [100, -3_600_000, -3_600_050], gives: -3_600_000 },
    { name: 'browser set back', beats: [100, 3_600_000], gives: 3_600_000 },
    { name: 'there and back', beats: [100, -3_600_000, 90], gives: 90 },
  ];
  for (const { name, beats, gives } of offsets) {
    const start = { ...initial, clockOffset: beats[0]! };
    expect([name, beats.reduce(beat, start).clockOffset]).toEqual([name, gives]);
  }
});

test('the time away counts from the loss, not from each try', () => {
  let state = following();
  state = apply(state, { from: 'socket', status: 'away', ended: '', at: 100 });
  state = apply(state, { from: 'socket', status: 'connecting', ended: '', at: 900 });
  state = apply(state, { from: 'socket', status: 'away', ended: '', at: 1900 });
  expect(state.awaySince).toBe(100);
  expect(apply(state, { from: 'socket', status: 'open', ended: '', at: 2000 }).awaySince).toBe(0);
});

/** A server in a few lines: its truth, the events since, and an epoch that restarts change. */
class ModelServer {
  truth: Self = structuredClone(golden<{ data: Self }>('snap').data);
  epoch = 1;
  seq = 0;
  kept: Event[] = [];

  constructor(readonly random: () => number) {}

  step(): Event {
    const events: ((call: Card) => { type: string } & Record<string, unknown>)[] = [
      () => ({ type: 'agent.state', agent: (this.truth.agent = { ...this.truth.agent, since: this.seq }) }),
      () => ({ type: 'line.status', line: (this.truth.line = { ...this.truth.line, epoch: this.seq }) }),
      () => ({ type: 'link.status', link: (this.truth.link = !this.truth.link) }),
      (call) => ({ type: 'call.offered', call: (this.truth.call = { ...call, lease: 'l' + this.seq }) }),
      (call) => ({ type: 'call.data', call: (this.truth.call = { ...call, note: 'n' + this.seq }) }),
      () => ((this.truth.call = null), { type: 'call.diverted', how: 'missed' }),
      () => ((this.truth.call = null), { type: 'call.cleared' }),
    ];
    const pick = events[Math.floor(this.random() * events.length)]!;
    const evt = structuredClone({ t: 'evt', seq: ++this.seq, ts: 0, ...pick(this.truth.call ?? card('evt_call_offered')) });
    this.kept.push(evt as unknown as Event);
    if (this.kept.length > 12) this.kept.shift();
    return evt as unknown as Event;
  }

  restart(): void {
    this.epoch++;
    this.seq = 0;
    this.kept = [];
  }

  welcome(cursor: DeskState['cursor']): ServerMessage[] {
    const known = cursor?.epoch === 'e' + this.epoch && (cursor.seq === this.seq || (this.kept[0]?.seq ?? Infinity) <= cursor.seq + 1);
    const base = { epoch: 'e' + this.epoch, seq: this.seq };
    const welcome: ServerMessage = { t: 'welcome', ...base, now: 0, beatEvery: 1, deadAfter: 2, resumed: known };
    if (known) return [welcome, ...this.kept.filter((e) => e.seq > cursor.seq)];
    return [welcome, { t: 'snap', ...base, data: structuredClone(this.truth) }];
  }
}

/** xorshift32: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
}

test.each(Array.from({ length: 200 }, (_, i) => i + 1))('seed %i: cut and resumed anywhere, the page ends as the server is', (seed) => {
  const random = seeded(seed * 2654435761);
  const model = new ModelServer(random);
  let state = initial;
  let connected = false;
  const connect = (): void => {
    for (const msg of model.welcome(state.cursor)) {
      state = server(state, msg);
      if (random() < 0.1) return; // cut in the middle of the catching up
    }
    connected = true;
  };
  for (let i = 0; i < 120; i++) {
    const dice = random();
    if (!connected && dice < 0.4) connect();
    else if (dice < 0.5) connected = false;
    else if (dice < 0.53) {
      model.restart();
      connected = false;
    } else {
      const evt = model.step();
      if (connected && dice < 0.95) state = server(state, evt); // else lost on the way
      if (state.gap) connected = false;
    }
  }
  do connect();
  while (!connected);
  expect(state.self).toEqual(model.truth);
  expect(state.cursor).toEqual({ epoch: 'e' + model.epoch, seq: model.seq });
});
