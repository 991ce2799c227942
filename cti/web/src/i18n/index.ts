// Words and numbers in the language of the page. Pure: the views bring the language.

import type { Lang } from '../prefs';
import { en } from './en';
import { ms, type Key } from './ms';

export type { Key };

const dictionaries: Record<Lang, Record<Key, string>> = { ms, en };
const locales: Record<Lang, string> = { ms: 'ms-MY', en: 'en-MY' };

/** The text of a key with its {names} filled in. */
export function text(lang: Lang, key: Key, values: Record<string, string | number> = {}): string {
  const found: string | undefined = dictionaries[lang][key];
  if (found === undefined) return readable(key.slice(key.indexOf('.') + 1)); // a code newer than this page
  return found.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

/** The text of prefix.word when the dictionary has it, else the word made readable: road_tax → Road tax. */
export function word(lang: Lang, prefix: string, code: string): string {
  const key = `${prefix}.${code}`;
  if (Object.hasOwn(ms, key)) return text(lang, key as Key);
  return readable(code);
}

/** First letter large, as at the beginning of a sentence. */
export function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A code of the server as people write it. */
export function readable(code: string): string {
  const spaced = code.replaceAll('_', ' ').trim();
  return spaced === '' ? '-' : sentence(spaced);
}

/** 75 000 ms → "1:15"; 3 675 000 ms → "1:01:15"; negative counts as 0. */
export function clock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes}:${two(s % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}`;
}

/** Whole minutes that a wait of so many seconds takes, at least 1. */
export function wholeMinutes(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / 60));
}

/** Seconds with two decimals as the metric dictionary prints them, "-" over nothing. */
export function seconds(lang: Lang, ms: number | null, digits = 2): string {
  if (ms === null) return '-';
  return new Intl.NumberFormat(locales[lang], { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(ms / 1000);
}

/** A share from 0 to 1 as percent, "-" over nothing. */
export function percent(lang: Lang, share: number | null, digits = 1): string {
  if (share === null) return '-';
  return new Intl.NumberFormat(locales[lang], { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
}

/** A mean with two decimals, "-" over nothing. */
export function decimal(lang: Lang, value: number | null): string {
  if (value === null) return '-';
  return new Intl.NumberFormat(locales[lang], { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value);
}

/** The day in Malaysia's zone, as YYYY-MM-DD. */
export function today(now = new Date()): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Kuala_Lumpur' }).format(now);
}

/** A day written YYYY-MM-DD, for people. */
export function day(lang: Lang, date: string): string {
  return new Intl.DateTimeFormat(locales[lang], { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(date + 'T00:00:00Z'));
}

/** Hours and minutes in Malaysia's zone. */
export function clockTime(lang: Lang, at: number | string): string {
  return new Intl.DateTimeFormat(locales[lang], { timeStyle: 'short', timeZone: 'Asia/Kuala_Lumpur' }).format(new Date(at));
}

/** Date and time in Malaysia's zone. */
export function moment(lang: Lang, at: number | string): string {
  return new Intl.DateTimeFormat(locales[lang], {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'Asia/Kuala_Lumpur',
  }).format(new Date(at));
}

/** Time of day with seconds in Malaysia's zone. */
export function timeOfDay(lang: Lang, at: number | string): string {
  return new Intl.DateTimeFormat(locales[lang], { timeStyle: 'medium', timeZone: 'Asia/Kuala_Lumpur' }).format(new Date(at));
}

/** 0380008000 → 03-8000 8000, 01110001234 → 011-1000 1234; others stay as they are. */
export function phoneNumber(number: string): string {
  const local = number.replace(/^\+?60/, '0');
  const landline = /^(0[3-9])(\d{4})(\d{4})$/.exec(local) ?? /^(0[4-79])(\d{3})(\d{4})$/.exec(local);
  const mobile = /^(01\d)(\d{3,4})(\d{4})$/.exec(local);
  const parts = landline ?? mobile;
  return parts ? `${parts[1]}-${parts[2]} ${parts[3]}` : number;
}
