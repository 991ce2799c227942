import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Desk } from '../src/desk';
import { MicError } from '../src/devices';
import { FakeLine } from '../src/line-fake';
import { CommandError } from '../src/socket';
import type { AgentView, LineView, Self, ServerMessage, Snap, Welcome } from '../src/wire.gen';

const golden = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../testdata/wire/${name}.json`, import.meta.url), 'utf8')) as T;

let line: FakeLine;
let desk: Desk;
let commands: string[];
let refuse: Record<string, string>;
let holdUp: Record<string, Promise<void>>; // commands whose answer waits
let rings: boolean[];
let stored: Map<string, string>; // of the browser
let epoch: number;
let micError: MicError | null;
let reconnects: number;
let soundAllowed: boolean;

function build(): Desk {
  return new Desk((d) => {
    line = new FakeLine({ onLeg: (leg) => d.dispatch({ from: 'leg', leg }), onAudio: () => undefined });
    return {
      line,
      socket: {
        start: () => d.dispatch({ from: 'socket', status: 'open', ended: '', at: Date.now() }),
        stop: () => undefined,
        reconnect: () => void reconnects++,
        command: (async (type: string, data?: object) => {
          commands.push(data === undefined ? type : `${type} ${JSON.stringify(data)}`);
          await holdUp[type];
          if (refuse[type] !== undefined) throw new CommandError(refuse[type], type);
          return type === 'line.claim' ? { user: 'u', secret: 's', leg: 'n', epoch: ++epoch } : undefined;
        }) as never,
      },
      devices: {
        open: async () => {
          if (micError !== null) throw micError;
          d.useMic({} as MediaStream);
          return {} as MediaStream;
        },
        close: async () => undefined,
      },
      sound: {
        unlock: async () => soundAllowed,
        hear: async () => true,
        ring: (on) => {
          if (rings.at(-1) !== on) rings.push(on);
        },
        warn: () => undefined,
        watchMic: () => undefined,
      },
      tabs: { start: () => d.dispatch({ from: 'tabs', leader: true }), stop: () => undefined, take: () => undefined, say: () => undefined },
      micWish: () => ({ label: '', raw: false }),
    };
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('navigator', { permissions: { query: async () => ({ state: 'granted' }) } });
  stored = new Map();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  });
  commands = [];
  refuse = {};
  holdUp = {};
  rings = [];
  epoch = 0;
  micError = null;
  reconnects = 0;
  soundAllowed = true;
  desk = build();
  desk.start();
});

afterEach(() => {
  desk.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

let seq = 7;

function snap(change: Partial<Self>): void {
  seq = 7;
  desk.receive(golden<Welcome>('welcome'));
  const message = golden<Snap>('snap');
  desk.receive({ ...message, data: { ...message.data, ...change } });
}

function event(evt: object): void {
  desk.receive({ t: 'evt', seq: ++seq, ts: 0, ...evt } as unknown as ServerMessage);
}

const out: AgentView = { state: 'logged_out', reason: '', since: 0, until: 0, nextState: '', nextReason: '' };
const resting: AgentView = { ...out, state: 'not_ready' };
const noLine: LineView = { status: 'down', why: '', epoch: 0, mine: false };
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

async function lineUp(): Promise<void> {
  snap({ agent: resting, line: noLine });
  await settle();
  line.report({ epoch, phase: 'up', why: '' });
}

test('start of shift: microphone, sign-in, and the line follows from the state', async () => {
  snap({ agent: out, line: noLine });
  expect(await desk.openAudio()).toBe(true);
  expect(await desk.startShift()).toBe(true);
  expect(line.done.filter((d) => d.startsWith('claim'))).toEqual([]);
  event({ type: 'agent.state', agent: resting });
  await settle();
  expect(commands).toEqual(['agent.signIn', 'line.claim']);
  expect(line.done).toContain('claim 1');
});

test('a reload in mid-call opens the microphone and claims without a click', async () => {
  snap({ agent: { ...out, state: 'busy' }, call: golden<{ call: Self['call'] }>('evt_call_connected').call, line: { ...noLine, epoch: 5 } });
  await settle();
  expect(commands).toEqual(['line.claim']);
});

test('sound that waits for a click does not keep the line down', async () => {
  soundAllowed = false;
  snap({ agent: resting, line: noLine });
  await settle();
  expect([desk.state.audio, commands]).toEqual(['click', ['line.claim']]);
});

test('a refused microphone is named and no line is claimed', async () => {
  micError = new MicError('denied', null);
  snap({ agent: resting, line: noLine });
  await settle();
  expect([desk.state.audio, commands]).toEqual(['denied', []]);
  micError = null;
  await desk.restoreAudio();
  await settle();
  expect(commands).toEqual(['line.claim']);
});

test('line.drop ends the leg of its claim and a new one is claimed', async () => {
  await lineUp();
  event({ type: 'line.drop', epoch: 1 });
  expect(line.done).toContain('drop 1');
  line.report({ epoch: 1, phase: 'none', why: 'dropped' });
  await vi.advanceTimersByTimeAsync(1000);
  expect(commands).toEqual(['line.claim', 'line.claim']);
});

test('a leg that the server calls down in a snap is dropped', async () => {
  await lineUp();
  snap({ agent: resting, line: { ...noLine, epoch: 1, mine: true } });
  expect(line.done).toContain('drop 1');
});

test('a living leg beats each 5 s; a dead one is told and claimed anew', async () => {
  await lineUp();
  line.path = { at: Date.now(), state: 'connected', packets: 1, pair: 1 };
  await vi.advanceTimersByTimeAsync(5000);
  expect(commands.slice(1)).toEqual(['line.beat {"epoch":1,"ok":true}']);
  line.path = { at: Date.now(), state: 'failed', packets: 1, pair: 1 };
  await vi.advanceTimersByTimeAsync(1000);
  expect(commands.slice(2)).toEqual(['line.fail {"epoch":1,"why":"connection failed"}', 'line.claim']);
});

test('a refused claim is tried again, later each time', async () => {
  refuse['line.claim'] = 'unavailable';
  snap({ agent: resting, line: noLine });
  await vi.advanceTimersByTimeAsync(8000);
  expect(commands).toHaveLength(4); // at 0, 1, 3 and 7 s
  expect(desk.state.leg).toMatchObject({ phase: 'failed', why: 'unavailable' });
});

test('a newer claim of another place is not fought over', async () => {
  await lineUp();
  event({ type: 'line.status', line: { status: 'up', why: '', epoch: 9, mine: false } });
  event({ type: 'line.drop', epoch: 1 });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(commands.filter((c) => c === 'line.claim')).toHaveLength(1);
  desk.useHere();
  await vi.advanceTimersByTimeAsync(1000);
  expect(commands.filter((c) => c === 'line.claim')).toHaveLength(2);
});

test('end of shift closes the line and claims no more', async () => {
  await lineUp();
  event({ type: 'agent.state', agent: out });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(line.done.at(-1)).not.toContain('claim');
  expect(line.done).toContain('close');
  expect(desk.state.audio).toBe('off');
});

test('replaced by another place: the leg ends here, until the agent wants the desk back', async () => {
  await lineUp();
  desk.dispatch({ from: 'socket', status: 'ended', ended: 'replaced', at: Date.now() });
  expect(line.done).toContain('close');
  await vi.advanceTimersByTimeAsync(20_000);
  expect(commands).toEqual(['line.claim']);
  desk.useHere();
  snap({ agent: resting, line: noLine });
  await vi.advanceTimersByTimeAsync(1000);
  expect(commands).toEqual(['line.claim', 'line.claim']);
});

const lost: LineView = { status: 'up', why: '', epoch: 2, mine: false };
const takeOvers: { name: string; told: () => void }[] = [
  { name: 'another browser', told: () => event({ type: 'session.replaced' }) },
  { name: 'another tab of this browser', told: () => event({ type: 'line.status', line: lost }) },
];

test.each(takeOvers)('a line taken over by $name is not taken back', async ({ told }) => {
  await lineUp();
  told();
  event({ type: 'line.drop', epoch: 1 });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(commands.filter((c) => c === 'line.claim')).toHaveLength(1);
  expect(desk.state.leg.phase).toBe('none');
});

const overtaken: { name: string; by: () => void }[] = [
  { name: 'another place took the desk', by: () => event({ type: 'session.replaced' }) },
  { name: 'another tab leads', by: () => desk.dispatch({ from: 'tabs', leader: false }) },
  { name: 'the shift is over', by: () => event({ type: 'agent.state', agent: out }) },
];

test.each(overtaken)('a grant that comes when $name is not used', async ({ by }) => {
  let answer = (): void => undefined;
  holdUp['line.claim'] = new Promise((done) => (answer = done));
  snap({ agent: resting, line: noLine });
  await settle();
  expect(commands).toEqual(['line.claim']);
  by();
  answer();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(commands).toEqual(['line.claim']);
  expect(line.done.filter((d) => d.startsWith('claim'))).toEqual([]);
  expect(desk.state.leg.phase).toBe('none');
});

test('a claim that the server took after the other one is used: one place works', async () => {
  let answer = (): void => undefined;
  holdUp['line.claim'] = new Promise((done) => (answer = done));
  snap({ agent: resting, line: noLine });
  await settle();
  event({ type: 'session.replaced' });
  event({ type: 'line.status', line: { ...lost, mine: true } });
  answer();
  await settle();
  expect([line.done.filter((d) => d.startsWith('claim')), desk.state.audio]).toEqual([['claim 1'], 'ready']);
});

test('the microphone is open in conversation only, and a mute does not outlive the call', async () => {
  await lineUp();
  const lastMic = (): string | undefined => line.done.findLast((d) => d.endsWith('mute'));
  expect(lastMic()).toBe('mute');
  event({ type: 'call.connected', call: golden<{ call: Self['call'] }>('evt_call_connected').call });
  expect(lastMic()).toBe('unmute');
  desk.mute(true);
  expect(lastMic()).toBe('mute');
  event({ type: 'call.ended', call: golden<{ call: Self['call'] }>('evt_call_ended').call });
  expect([lastMic(), desk.state.muted]).toEqual(['mute', false]);
});

/** The page is loaded anew: another desk, with the browser's memory. */
function reload(): void {
  desk.stop();
  desk = build();
  desk.start();
}

test('a mute outlives a reload: the microphone never opens, and the button says so', async () => {
  const call = golden<{ call: NonNullable<Self['call']> }>('evt_call_connected').call;
  const talking = { agent: { ...out, state: 'busy' }, call, line: noLine };
  snap(talking);
  await settle();
  desk.mute(true);
  reload();
  snap(talking);
  await settle();
  expect([desk.state.muted, desk.state.audio]).toEqual([true, 'ready']);
  expect(line.done).not.toContain('unmute');
  desk.mute(false);
  reload();
  snap(talking);
  expect([desk.state.muted, line.done.at(-1)]).toEqual([false, 'unmute']);
  desk.mute(true);
  reload();
  snap({ ...talking, call: { ...call, id: 'another' } });
  expect(desk.state.muted).toBe(false);
});

const drafts: { name: string; draft: object; known: string; gives: object | null }[] = [
  { name: 'choice and note', draft: { disposition: 'enquiry', note: 'n' }, known: '', gives: { disposition: 'enquiry', note: 'n' } },
  { name: 'a note alone', draft: { disposition: '', note: 'n' }, known: '', gives: { disposition: '', note: 'n' } },
  { name: 'a note to what was chosen before', draft: { disposition: '', note: 'n' }, known: 'complaint', gives: { disposition: 'complaint', note: 'n' } },
  { name: 'nothing typed', draft: { disposition: '', note: '' }, known: '', gives: null },
];

test.each(drafts)('before the deadline of wrap-up: $name', async ({ draft, known, gives }) => {
  await lineUp();
  const call = { ...golden<{ call: NonNullable<Self['call']> }>('evt_call_ended').call, disposition: known };
  stored.set('talian.draft', JSON.stringify({ call: call.id, ...draft }));
  snap({ agent: { ...out, state: 'wrap_up', until: desk.serverNow() + 4000 }, call, line: { ...noLine, status: 'up', mine: true } });
  const sent = (): string[] => commands.filter((c) => c.startsWith('call.dispose'));
  await vi.advanceTimersByTimeAsync(2000);
  expect(sent()).toEqual([]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(sent()).toEqual(gives === null ? [] : [`call.dispose ${JSON.stringify(gives)}`]);
  expect(stored.has('talian.draft')).toBe(gives === null);
});

test('the ring follows the offer', async () => {
  await lineUp();
  event({ type: 'call.offered', call: golden<{ call: Self['call'] }>('evt_call_offered').call });
  event({ type: 'call.diverted', how: 'missed' });
  expect(rings).toEqual([false, true, false]);
});

test('a refusal is shown with its code', async () => {
  await lineUp();
  refuse['call.hold'] = 'conflict';
  expect(await desk.ask('call.hold')).toBe(false);
  expect([desk.state.problem, desk.state.asking]).toEqual(['conflict', '']);
});

test('a hole in the stream makes the socket connect anew', async () => {
  await lineUp();
  seq++;
  event({ type: 'call.cleared' });
  expect(reconnects).toBe(1);
});
