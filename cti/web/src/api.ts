// Requests to ctid's HTTP interface, /api/v1. Each throws ApiError when refused.

import type { Me } from './wire.gen';

/** A refusal: the server's code, or offline when it was not reached. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    /** Seconds until it may be tried again, from Retry-After (RFC 9110, 10.2.3); null = not said. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

export interface Session extends Me {
  csrf: string;
  /** May read the reports. */
  reads: boolean;
}

export interface Figures {
  cluster: string;
  offered: number;
  answered: number;
  abandoned: number;
  short_abandoned: number;
  /** Calls by the outcome that is neither answered nor abandoned; 'open' = still waiting. */
  other: Record<string, number> | null;
  asa_ms: number | null;
  asa_median_ms: number | null;
  asa_p90_ms: number | null;
  aht_ms: number | null;
  talk_ms: number | null;
  hold_ms: number | null;
  wrap_ms: number | null;
  /** From 0 to 1. */
  sl: number | null;
  sl_seconds: number;
}

export interface ClusterReport {
  dictionary: number;
  from: string;
  to: string;
  rows: Figures[] | null;
  total: Figures;
}

export interface CallRow {
  call: string;
  arrived_at: string;
  from: string;
  lang: string;
  cluster: string;
  agent: string;
  outcome: string;
  wait_ms: number | null;
  talk_ms: number | null;
  hold_ms: number | null;
  wrap_ms: number | null;
  ended_by: string;
  disposition: string;
}

export interface VoicemailRow {
  id: string;
  at: string;
  box: string;
  from: string;
  lang: string;
  length_ms: number;
}

export interface Guest {
  user: string;
  secret: string;
  numbers: string[] | null;
  token: string;
}

/** Any request of the interface; the path is below /api/v1. */
export async function request(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' };
  let response: Response;
  try {
    response = await fetch('/api/v1' + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (err) {
    throw new ApiError('offline', 0, String(err));
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { code?: string; message?: string };
  throw new ApiError(problem.code ?? 'internal', response.status, problem.message ?? response.statusText, retryAfter(response));
}

function retryAfter(response: Response): number | null {
  const value = response.headers.get('Retry-After') ?? '';
  return /^\d+$/.test(value) ? Number(value) : null;
}

/** Reads JSON. */
export async function get<T>(path: string): Promise<T> {
  return (await (await request('GET', path)).json()) as T;
}

/** Who is signed in, or null. */
export async function whoAmI(): Promise<Session | null> {
  try {
    return await get<Session>('/me');
  } catch (err) {
    if (err instanceof ApiError && err.status === 401) return null;
    throw err;
  }
}

export async function signIn(user: string, password: string): Promise<void> {
  await request('POST', '/session', { user, password });
}

export async function signOut(): Promise<void> {
  await request('DELETE', '/session');
}

export async function getGuest(): Promise<Guest> {
  return (await (await request('POST', '/guest', {})).json()) as Guest;
}

/** Gives the guest's endpoint back; works while the page goes away. */
export function releaseGuest(token: string): void {
  void fetch('/api/v1/guest?token=' + encodeURIComponent(token), { method: 'DELETE', keepalive: true }).catch(() => undefined);
}

const day = (value: string): string => '?day=' + encodeURIComponent(value);

export const clusterReport = (value: string): Promise<ClusterReport> => get('/reports/clusters' + day(value));
export const callList = (value: string): Promise<{ rows: CallRow[] | null }> => get('/reports/calls' + day(value));
export const voicemails = (): Promise<{ rows: VoicemailRow[] | null }> => get('/voicemails');
export const clusterCSV = (value: string): string => '/api/v1/reports/clusters.csv' + day(value);
export const voicemailAudio = (id: string): string => `/api/v1/voicemails/${encodeURIComponent(id)}/audio`;
