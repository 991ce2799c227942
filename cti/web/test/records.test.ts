import { expect, test } from 'vitest';
import { anyCase, caseQuery, dayAfter, monthOf, movesOf, satisfiedOf, segments, settled, slotAt, type OneCase, type SurveyGroup } from '../src/records';

test('a query names what is asked for and nothing else', () => {
  expect(caseQuery(anyCase)).toBe('');
  expect(caseQuery({ ...anyCase, status: 'new', number: ' 26-061 ', overdue: true })).toBe('?status=new&number=26-061&overdue=true');
  expect(caseQuery({ ...anyCase, category: 'a&b' }, '26061000017')).toBe('?category=a%26b&before=26061000017');
});

test('a case moves one step along its life, and a closed one can be taken up again', () => {
  expect(movesOf('draft')).toEqual(['new']);
  expect(movesOf('in_progress')).toEqual(['closed']);
  expect(movesOf('closed')).toEqual(['in_progress']);
  expect(movesOf('lost')).toEqual([]);
});

test('settled reads until the status is there', async () => {
  const read = (statuses: string[]) => () => Promise.resolve({ status: statuses.length > 1 ? statuses.shift() : statuses[0] } as OneCase);
  let pauses = 0;
  const pause = (): Promise<void> => Promise.resolve(void pauses++);
  expect((await settled(read(['new', 'new', 'closed']), 'closed', pause)).status).toBe('closed');
  expect(pauses).toBe(2);
  expect((await settled(read(['new']), 'closed', pause, 4)).status).toBe('new');
  expect(pauses).toBe(5);
  expect((await settled(read(['closed']), 'closed', pause)).status).toBe('closed');
  expect(pauses).toBe(5);
});

test.each([
  ['2026-03-02T09:59:59+08:00', 'later'],
  ['2026-03-02T10:00:00+08:00', 'now'],
  ['2026-03-02T10:29:59+08:00', 'now'],
  ['2026-03-02T10:30:00+08:00', 'past'],
])('at %s the slot is %s', (now, want) => {
  expect(slotAt({ from: '2026-03-02T02:00:00Z', until: '2026-03-02T02:30:00Z' }, Date.parse(now))).toBe(want);
});

test('segments fill the bar from the best answer on', () => {
  expect(segments([1, 0, 1, 2, 4])).toEqual([
    { value: 5, count: 4, x: 0, width: 50 },
    { value: 4, count: 2, x: 50, width: 25 },
    { value: 3, count: 1, x: 75, width: 12.5 },
    { value: 1, count: 1, x: 87.5, width: 12.5 },
  ]);
  expect(segments([0, 0, 0, 0, 0])).toEqual([]);
});

test('a question that nobody of a group answered has no share', () => {
  const group = { questions: [{ question: 'q1', satisfied: 0.5 }] } as SurveyGroup;
  expect([satisfiedOf(group, 'q1'), satisfiedOf(group, 'q2')]).toEqual([0.5, null]);
});

test('months and days go over the ends of years and months', () => {
  expect([monthOf('2026-01-31'), monthOf('2026-01-31', -1), monthOf('2026-12-01', 1)]).toEqual(['2026-01', '2025-12', '2027-01']);
  expect([dayAfter('2026-12-31'), dayAfter('2024-02-28'), dayAfter('2026-03-01', -1)]).toEqual(['2027-01-01', '2024-02-29', '2026-02-28']);
});
