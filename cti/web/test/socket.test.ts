import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { backoff, CommandError, CtiSocket } from '../src/socket';
import type { Cursor, ServerMessage } from '../src/wire.gen';

/** The far end of one connection. */
class FakeWebSocket {
  sent: Record<string, unknown>[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((e: { data: string }) => void) | null = null;
  onclose: ((e: { code: number }) => void) | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.closed = true;
  }

  say(msg: unknown): void {
    this.onmessage?.({ data: JSON.stringify(msg) });
  }

  welcome(): void {
    this.onopen?.();
    this.say({ t: 'welcome', epoch: 'e1', seq: 0, now: 0, beatEvery: 10_000, deadAfter: 25_000, resumed: false });
  }
}

const opened: FakeWebSocket[] = [];
const last = (): FakeWebSocket => opened.at(-1)!;
let heard: ServerMessage[];
let statuses: string[];
let cursor: Cursor | null;
let socket: CtiSocket;

beforeEach(() => {
  vi.useFakeTimers();
  opened.length = 0;
  heard = [];
  statuses = [];
  cursor = null;
  socket = new CtiSocket({
    url: 'ws://x/cti',
    app: '1',
    tab: 't',
    csrf: () => 'c',
    cursor: () => cursor,
    onMessage: (msg) => heard.push(msg),
    onStatus: (status, ended) => statuses.push(ended === '' ? status : `${status} ${ended}`),
    random: () => 0,
    open: (url, protocol) => {
      expect([url, protocol]).toEqual(['ws://x/cti', 'ctid.v1']);
      opened.push(new FakeWebSocket());
      return last() as unknown as WebSocket;
    },
  });
  socket.start();
});

afterEach(() => {
  socket.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('says hello, then is open at the welcome', () => {
  last().welcome();
  expect(last().sent[0]).toEqual({ t: 'hello', app: '1', tab: 't', csrf: 'c' });
  expect(statuses).toEqual(['connecting', 'open']);
  expect(heard.map((m) => m.t)).toEqual(['welcome']);
});

test('comes back after a loss and asks for what it missed', () => {
  last().welcome();
  cursor = { epoch: 'e1', seq: 7 };
  last().onclose?.({ code: 1006 });
  expect(statuses.at(-1)).toBe('away');
  vi.advanceTimersByTime(499);
  expect(opened).toHaveLength(1);
  vi.advanceTimersByTime(1);
  last().welcome();
  expect(last().sent[0]).toMatchObject({ resume: { epoch: 'e1', seq: 7 } });
});

test('a silent connection is given up after deadAfter; any message keeps it', () => {
  last().welcome();
  vi.advanceTimersByTime(24_000);
  last().say({ t: 'hb', ts: 1 });
  vi.advanceTimersByTime(24_000);
  expect(last().closed).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect(opened[0]?.closed).toBe(true);
  expect(statuses.at(-1)).toBe('away');
});

test('a connection that is never welcomed is given up after 10 s', () => {
  last().onopen?.();
  vi.advanceTimersByTime(10_000);
  expect(opened[0]?.closed).toBe(true);
});

test('beats as often as the server wishes', () => {
  last().welcome();
  vi.advanceTimersByTime(20_000);
  expect(last().sent.filter((m) => m['t'] === 'hb')).toHaveLength(2);
});

test('a command resolves with its result', async () => {
  last().welcome();
  const grant = socket.command('line.claim');
  const id = last().sent.at(-1)?.['id'];
  last().say({ t: 'res', id, ok: true, data: { user: 'u', secret: 's', leg: 'n', epoch: 1 } });
  await expect(grant).resolves.toEqual({ user: 'u', secret: 's', leg: 'n', epoch: 1 });
});

test('a refused command rejects with the server’s code', async () => {
  last().welcome();
  const answer = socket.command('call.answer', { lease: 'l' }, 'call-1');
  const sent = last().sent.at(-1);
  expect(sent).toMatchObject({ t: 'cmd', type: 'call.answer', call: 'call-1', data: { lease: 'l' } });
  last().say({ t: 'res', id: sent?.['id'], ok: false, err: { code: 'offer_over', message: 'over' } });
  await expect(answer).rejects.toMatchObject({ code: 'offer_over' });
});

test('a command dies after 5 s, and its late answer does no harm', async () => {
  last().welcome();
  const hold = socket.command('call.hold').catch((err: unknown) => err);
  const id = last().sent.at(-1)?.['id'];
  vi.advanceTimersByTime(5000);
  expect(((await hold) as CommandError).code).toBe('timeout');
  last().say({ t: 'res', id, ok: true });
});

test('a command under way is lost with its connection and never sent again', async () => {
  last().welcome();
  const hold = socket.command('call.hold').catch((err: unknown) => err);
  last().onclose?.({ code: 1006 });
  expect(((await hold) as CommandError).code).toBe('lost');
  vi.advanceTimersByTime(500);
  last().welcome();
  expect(last().sent.map((m) => m['t'])).toEqual(['hello']);
});

test('without a connection, or before the welcome, a command is refused at once', async () => {
  await expect(socket.command('call.hold')).rejects.toMatchObject({ code: 'offline' });
  last().welcome();
  last().onclose?.({ code: 1006 });
  await expect(socket.command('call.hold')).rejects.toMatchObject({ code: 'offline' });
});

test.each([
  [4401, 'ended auth'],
  [4403, 'ended forbidden'],
  [4409, 'ended replaced'],
  [4426, 'ended upgrade'],
])('close code %i is final: %s', (code, status) => {
  last().welcome();
  last().onclose?.({ code });
  expect(statuses.at(-1)).toBe(status);
  vi.advanceTimersByTime(60_000);
  expect(opened).toHaveLength(1);
  socket.start(); // a person wants it back
  expect(opened).toHaveLength(2);
});

test('bye says when to come back, or not to', () => {
  last().welcome();
  last().say({ t: 'bye', code: 4410, retryMs: 3000, why: 'restart' });
  last().onclose?.({ code: 4410 });
  vi.advanceTimersByTime(2999);
  expect(opened).toHaveLength(1);
  vi.advanceTimersByTime(1);
  last().welcome();
  last().say({ t: 'bye', code: 1000, retryMs: -1, why: 'closed' });
  last().onclose?.({ code: 1000 });
  expect(statuses.at(-1)).toBe('ended closed');
});

test('reconnect drops the old connection without waiting for it', () => {
  last().welcome();
  socket.reconnect();
  expect([opened.length, opened[0]?.closed, opened[0]?.onclose]).toEqual([2, true, null]);
});

test.each([
  [0, 500, 1000],
  [1, 500, 2000],
  [3, 500, 8000],
  [30, 500, 8000],
])('after %i losses the pause lies between %i and %i ms', (losses, low, high) => {
  expect(backoff(losses, () => 0)).toBe(low);
  expect(backoff(losses, () => 0.999999)).toBeCloseTo(high, -1);
});
