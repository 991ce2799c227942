import { expect, test } from 'vitest';
import { clock, day, decimal, percent, phoneNumber, readable, seconds, text, today, wholeMinutes, word, type Key } from '../src/i18n';
import { en } from '../src/i18n/en';
import { ms } from '../src/i18n/ms';

const names = (words: string): string[] => [...words.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!).sort();

test('both languages have the same keys', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(ms).sort());
});

test.each(Object.keys(ms) as Key[])('%s: same names to fill in, and not empty', (key) => {
  expect(names(en[key])).toEqual(names(ms[key]));
  expect(en[key].trim()).not.toBe('');
  expect(ms[key].trim()).not.toBe('');
});

test('text fills names in and keeps unknown ones visible', () => {
  expect(text('en', 'phone.call', { number: '1' })).toBe('Call 1');
  expect(text('en', 'phone.call')).toBe('Call {number}');
});

test('a code that no dictionary has is made readable', () => {
  expect(word('ms', 'reason', 'meal')).toBe('makan');
  expect(word('ms', 'cluster', 'sea_rescue')).toBe('Sea rescue');
  expect(text('ms', 'state.asleep' as Key)).toBe('Asleep');
  expect(readable('')).toBe('-');
});

test.each([
  [0, '0:00'],
  [-5000, '0:00'],
  [75_999, '1:15'],
  [3_675_000, '1:01:15'],
])('clock(%i) is %s', (at, want) => expect(clock(at)).toBe(want));

test.each([
  [1, 1],
  [60, 1],
  [61, 2],
  [900, 15],
])('a wait of %i s is one of %i min', (wait, want) => expect(wholeMinutes(wait)).toBe(want));

test('a day is that of Malaysia', () => {
  expect([today(new Date('2026-03-02T15:59:59Z')), today(new Date('2026-03-02T16:00:00Z'))]).toEqual(['2026-03-02', '2026-03-03']);
  expect(day('en', '2026-03-05')).toBe('5 Mar 2026');
});

test('a figure over nothing is a dash', () => {
  expect([seconds('en', null), percent('en', null), decimal('en', null)]).toEqual(['-', '-', '-']);
  expect([decimal('en', 4.126), percent('en', 0.8, 0)]).toEqual(['4.13', '80%']);
  expect([seconds('en', 7540), percent('en', 0.9125)]).toEqual(['7.54', '91.3%']);
});

test.each([
  ['0380008000', '03-8000 8000'],
  ['+60380008000', '03-8000 8000'],
  ['0123456789', '012-345 6789'],
  ['01112345678', '011-1234 5678'],
  ['042612345', '04-261 2345'],
  ['999', '999'],
])('%s is written %s', (number, want) => expect(phoneNumber(number)).toBe(want));
