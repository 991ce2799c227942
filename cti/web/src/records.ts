// What /api/v1 tells of cases, callbacks, surveys and flows, and how cases are moved.

import { get, request } from './api';

export const caseStatuses = ['draft', 'new', 'in_progress', 'closed'] as const;
export type CaseStatus = (typeof caseStatuses)[number];

export interface CaseRow {
  number: string;
  desk: string;
  type: string;
  status: CaseStatus;
  category: string;
  cluster: string;
  /** Masked but for the last four characters for those who may not read reports; so is identity. */
  caller: string;
  identity: string;
  lang: string;
  note: string;
  length_ms: number;
  playable: boolean;
  /** YYYY-MM-DD, or empty. */
  due: string;
  overdue: boolean;
  opened_at: string;
  closed_at: string | null;
}

export interface CaseEvent {
  n: number;
  at: string;
  what: 'opened' | 'appended' | 'moved';
  /** From then on; empty = as before. */
  status: string;
  /** Empty = the caller. */
  who: string;
  why: string;
  note: string;
  length_ms: number;
  playable: boolean;
}

export interface OneCase extends CaseRow {
  history: CaseEvent[];
}

export interface CaseWords {
  desks: string[];
  categories: string[];
  clusters: string[];
}

export interface CasePage {
  rows: CaseRow[];
  /** For the next page; empty on the last one. */
  next: string;
  words?: CaseWords;
}

/** Which cases are wanted; empty = any. Days are YYYY-MM-DD. */
export interface CaseFilter {
  status: string;
  desk: string;
  category: string;
  cluster: string;
  from: string;
  until: string;
  number: string;
  overdue: boolean;
}

export const anyCase: CaseFilter = { status: '', desk: '', category: '', cluster: '', from: '', until: '', number: '', overdue: false };

/** The query of a page of cases: what is asked for, and nothing else. */
export function caseQuery(filter: CaseFilter, before = ''): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filter, before })) {
    const text = String(value).trim();
    if (text !== '' && text !== 'false') query.set(name, text);
  }
  const text = query.toString();
  return text === '' ? '' : '?' + text;
}

export const caseList = (filter: CaseFilter, before = ''): Promise<CasePage> => get('/cases' + caseQuery(filter, before));
export const caseWords = async (): Promise<CaseWords> =>
  (await get<CasePage>('/cases?limit=1&words=true')).words ?? { desks: [], categories: [], clusters: [] };
export const oneCase = (number: string): Promise<OneCase> => get('/cases/' + encodeURIComponent(number));

/** The recording of an entry of the history. */
export const caseAudio = (number: string, entry: number): string => `/api/v1/cases/${encodeURIComponent(number)}/audio?entry=${entry}`;

/** The statuses that a case can be given now. */
export function movesOf(status: string): CaseStatus[] {
  const next: Record<string, CaseStatus> = { draft: 'new', new: 'in_progress', in_progress: 'closed', closed: 'in_progress' };
  return next[status] === undefined ? [] : [next[status]];
}

/** Gives a case another status. The records follow a moment later: see settled. */
export async function moveCase(number: string, status: CaseStatus, why: string): Promise<void> {
  await request('POST', `/cases/${encodeURIComponent(number)}/status`, { status, why });
}

/**
 * Reads until the case has the status, at most so many times; then gives what was read last. The
 * pause between two reads is the caller's to make.
 */
export async function settled(read: () => Promise<OneCase>, status: string, pause: () => Promise<void>, tries = 15): Promise<OneCase> {
  for (let left = tries; ; left--) {
    const now = await read();
    if (now.status === status || left <= 1) return now;
    await pause();
  }
}

export interface CaseFigures {
  category: string;
  opened: number;
  draft: number;
  new: number;
  in_progress: number;
  closed: number;
  overdue: number;
}

export interface CaseReport {
  dictionary: number;
  from: string;
  to: string;
  at: string;
  rows: CaseFigures[];
  total: CaseFigures;
}

const period = (value: string): string => (value === '' ? '' : '?period=' + encodeURIComponent(value));

export const caseReport = (value: string): Promise<CaseReport> => get('/reports/cases' + period(value));
export const caseCSV = (value: string): string => '/api/v1/reports/cases.csv' + period(value);

export interface CallbackRow {
  key: string;
  queue: string;
  skills: Record<string, string> | null;
  number: string;
  from: string;
  until: string;
  lang: string;
  booked_at: string;
}

export const callbackList = (day: string): Promise<{ rows: CallbackRow[] }> => get('/callbacks?day=' + encodeURIComponent(day));

/** Where a slot is at a moment (Unix ms). */
export function slotAt(row: Pick<CallbackRow, 'from' | 'until'>, now: number): 'later' | 'now' | 'past' {
  if (now < Date.parse(row.from)) return 'later';
  return now < Date.parse(row.until) ? 'now' : 'past';
}

export interface Answers {
  n: number;
  mean: number | null;
  /** Of the answers 1 to 5. */
  counts: number[];
  /** 4 and 5 of n, from 0 to 1. */
  satisfied: number | null;
  other_scale: number;
}

export interface QuestionFigures extends Answers {
  question: string;
}

export interface SurveyGroup {
  group: string;
  begun: number;
  complete: number;
  completion: number | null;
  all: Answers;
  questions: QuestionFigures[];
}

export interface SurveyFigures {
  survey: string;
  offered: number;
  begun: number;
  complete: number;
  declined: number;
  response: number | null;
  completion: number | null;
  all: Answers;
  questions: QuestionFigures[];
  groups: SurveyGroup[];
}

export interface SurveyReport {
  dictionary: number;
  from: string;
  to: string;
  by: string;
  target: number;
  rows: SurveyFigures[];
}

const surveyQuery = (value: string, by: string): string => '?' + new URLSearchParams({ period: value, by }).toString();

export const surveyReport = (value: string, by: string): Promise<SurveyReport> => get('/surveys' + surveyQuery(value, by));
export const surveyCSV = (value: string, by: string): string => '/api/v1/surveys.csv' + surveyQuery(value, by);

export interface Segment {
  /** The answer, 5 to 1. */
  value: number;
  count: number;
  /** Place and width in percent of the bar. */
  x: number;
  width: number;
}

/** The parts of a bar of answers, the best first; none over nothing. */
export function segments(counts: number[]): Segment[] {
  const n = counts.reduce((sum, count) => sum + count, 0);
  const parts: Segment[] = [];
  let before = 0;
  for (let value = counts.length; value >= 1; value--) {
    const count = counts[value - 1] ?? 0;
    if (count > 0) parts.push({ value, count, x: (100 * before) / n, width: (100 * count) / n });
    before += count;
  }
  return parts;
}

/** The satisfied share of a question in a group, null where nobody of it answered. */
export function satisfiedOf(group: SurveyGroup, question: string): number | null {
  return group.questions.find((q) => q.question === question)?.satisfied ?? null;
}

/** The month of a day (YYYY-MM-DD), or so many months away from it, as YYYY-MM. */
export function monthOf(day: string, away = 0): string {
  const [year = 0, month = 1] = day.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1 + away, 1)).toISOString().slice(0, 7);
}

/** The day (YYYY-MM-DD) so many days after another. */
export function dayAfter(day: string, days = 1): string {
  return new Date(Date.parse(day + 'T00:00:00Z') + days * 86_400_000).toISOString().slice(0, 10);
}

export interface IVRReport {
  answered: number;
  contained: number;
  containment: number | null;
  transferred: number;
  transfer_rate: number | null;
  rung: number;
  outcomes: Record<string, number>;
  reached: number | null;
  ring_ms: number | null;
  talk_ms: number | null;
}

export const ivrReport = (day: string): Promise<IVRReport> => get('/reports/ivr?day=' + encodeURIComponent(day));

export interface Bundle {
  at: string;
  revision: string;
  candidate: boolean;
  percent: number;
  who: string;
  /** The second person; empty = none was asked. */
  approved: string;
  why: string;
}

/** A bundle that was not taken; the one before it goes on answering. */
export interface Refusal {
  at: string;
  from: string;
  why: string;
}

export interface Bundles {
  current: Bundle | null;
  candidate: Bundle | null;
  refused: Refusal | null;
  log: Bundle[];
}

export const bundles = (): Promise<Bundles> => get('/bundle');
