import { expect, test } from 'vitest';
import { claimDue, judge, type ClaimNeed, type Health, type PathSample } from '../src/line';

const second = 1000;

/** Runs samples a second apart and gives the verdicts, one letter each: o, ? or x. */
function verdicts(samples: [state: RTCPeerConnectionState, packets: number, pair: number][], talking: boolean): string {
  let health: Health | null = null;
  let line = '';
  samples.forEach(([state, packets, pair], i) => {
    const sample: PathSample = { at: i * second, state, packets, pair };
    health = judge(health, sample, talking);
    line += { ok: 'o', doubt: '?', dead: 'x' }[health.verdict];
  });
  return line;
}

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

test('packets that keep coming are a good line', () => {
  expect(verdicts(times(6, (i) => ['connected', 50 * i, 5 * i]), true)).toBe('oooooo');
});

test('a caller who sends no packets is no fault while checks are answered', () => {
  expect(verdicts(times(20, (i) => ['connected', 100, Math.floor(i / 2.5)]), true)).toBe('o'.repeat(20));
});

test('in a call, nothing at all for 4.5 s is dead', () => {
  expect(verdicts(times(9, () => ['connected', 100, 7]), true)).toBe('oooooxxxx');
});

test('idle, nothing at all for 15 s is dead, comfort noise each 5 s is life', () => {
  expect(verdicts(times(18, () => ['connected', 100, 7]), false)).toBe('o'.repeat(16) + 'xx');
  expect(verdicts(times(30, (i) => ['connected', Math.floor(i / 5), 7]), false)).toBe('o'.repeat(30));
});

test('disconnected for more than 2 s is dead, a short one only a doubt', () => {
  expect(verdicts([['connected', 1, 1], ...times(4, () => ['disconnected', 1, 1] as ['disconnected', 1, 1])], true)).toBe('o???x');
  expect(verdicts([['connected', 1, 1], ['disconnected', 1, 1], ['connected', 2, 2], ['disconnected', 2, 2]], true)).toBe('o?o?');
});

test('failed and closed are dead at once', () => {
  expect(verdicts([['failed', 0, 0]], false)).toBe('x');
  expect(verdicts([['closed', 0, 0]], false)).toBe('x');
});

const wanted: ClaimNeed = {
  leader: true,
  shift: true,
  canCommand: true,
  elsewhere: false,
  audio: true,
  leg: { epoch: 0, phase: 'none', why: '' },
  claimedAt: 0,
  tries: 0,
  now: 100_000,
};

const claims: [string, Partial<ClaimNeed>, boolean][] = [
  ['wanted and none there', {}, true],
  ['another tab leads', { leader: false }, false],
  ['no shift', { shift: false }, false],
  ['server or ivrd away', { canCommand: false }, false],
  ['a newer claim elsewhere', { elsewhere: true }, false],
  ['no microphone', { audio: false }, false],
  ['up', { leg: { epoch: 1, phase: 'up', why: '' } }, false],
  ['on its way', { leg: { epoch: 1, phase: 'waiting', why: '' }, claimedAt: 95_000 }, false],
  ['on its way for too long', { leg: { epoch: 1, phase: 'waiting', why: '' }, claimedAt: 88_000 }, true],
  ['registering for too long', { leg: { epoch: 1, phase: 'registering', why: '' }, claimedAt: 88_000 }, true],
  ['failed once, a second ago', { leg: { epoch: 1, phase: 'failed', why: '' }, claimedAt: 99_000, tries: 1 }, true],
  ['failed twice, a second ago', { leg: { epoch: 1, phase: 'failed', why: '' }, claimedAt: 99_000, tries: 2 }, false],
  ['failed often, 14 s ago', { leg: { epoch: 1, phase: 'failed', why: '' }, claimedAt: 86_000, tries: 9 }, false],
  ['failed often, 15 s ago', { leg: { epoch: 1, phase: 'failed', why: '' }, claimedAt: 85_000, tries: 9 }, true],
];

test.each(claims)('claim: %s', (_, change, due) => {
  expect(claimDue({ ...wanted, ...change })).toBe(due);
});
