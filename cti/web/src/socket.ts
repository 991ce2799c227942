// The CTI socket: one websocket to ctid with subprotocol ctid.v1. It connects, beats,
// notices silence, comes back after losses with jitter, and carries commands that live
// five seconds. It keeps no command for later and draws no conclusions from messages.

import {
  CloseAuth,
  CloseForbidden,
  CloseReplaced,
  CloseUpgrade,
  Proto,
  type ClientMessage,
  type CommandData,
  type Cursor,
  type Result,
  type ResultData,
  type ServerMessage,
} from './wire.gen';
import type { Ended, SocketStatus } from './state';

/** A refused or lost command. Codes of our own: offline, lost, timeout. */
export class CommandError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface SocketOptions {
  /** ws: or wss: address of /cti. */
  url: string;
  app: string;
  tab: string;
  /** Value that GET /api/v1/me gave, asked at each connection. */
  csrf: () => string;
  /** Last position seen, asked for at each connection. */
  cursor: () => Cursor | null;
  onMessage: (msg: ServerMessage) => void;
  onStatus: (status: SocketStatus, ended: Ended) => void;
  /** From 0 to below 1; replaced in tests. */
  random?: () => number;
  /** Replaced in tests. */
  open?: (url: string, protocol: string) => WebSocket;
}

const commandDeadlineMs = 5000;
const backoffMinMs = 500;
const backoffMaxMs = 8000;
const handshakeMs = 10000; // connection and welcome

interface Pending {
  type: keyof CommandData;
  resolve: (data: unknown) => void;
  reject: (err: CommandError) => void;
  timer: ReturnType<typeof setTimeout>;
}

export class CtiSocket {
  readonly #options: SocketOptions;
  readonly #pending = new Map<string, Pending>();
  #ws: WebSocket | null = null;
  #welcomed = false;
  #running = false;
  #losses = 0;
  #retryAfterMs: number | null = null; // the server's own wish, from bye
  #deadAfterMs = handshakeMs;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #deadTimer: ReturnType<typeof setTimeout> | undefined;
  #beatTimer: ReturnType<typeof setInterval> | undefined;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  /** Connects and stays connected until stop or a final close code. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#losses = 0;
    this.#connect();
  }

  /** Closes for good; open commands fail with code lost. */
  stop(): void {
    this.#running = false;
    clearTimeout(this.#retryTimer);
    this.#discard();
    this.#options.onStatus('ended', 'closed');
  }

  /** Drops the connection and makes a new one that resumes: after a gap, or when the network came back. */
  reconnect(): void {
    if (!this.#running) return;
    clearTimeout(this.#retryTimer);
    this.#discard();
    this.#connect();
  }

  /** Sends a command; resolves with the result's data or rejects with a CommandError. */
  command<T extends keyof CommandData>(type: T, data?: CommandData[T], call?: string): Promise<ResultData[T]> {
    if (this.#ws === null || !this.#welcomed) {
      return Promise.reject(new CommandError('offline', 'not connected'));
    }
    const id = randomId();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new CommandError('timeout', `no answer to ${type}`));
      }, commandDeadlineMs);
      this.#pending.set(id, { type, resolve: resolve as (d: unknown) => void, reject, timer });
      this.#send({ t: 'cmd', id, type, call, data });
    });
  }

  #connect(): void {
    const { url, open } = this.#options;
    this.#options.onStatus('connecting', '');
    const ws = open ? open(url, Proto) : new WebSocket(url, Proto);
    this.#ws = ws;
    this.#welcomed = false;
    this.#deadAfterMs = handshakeMs;
    this.#heard();
    ws.onopen = () => {
      const { app, tab, csrf, cursor } = this.#options;
      this.#send({ t: 'hello', app, tab, csrf: csrf(), resume: cursor() ?? undefined });
    };
    ws.onmessage = (e: MessageEvent<string>) => this.#receive(e.data);
    ws.onclose = (e: CloseEvent) => this.#lost(e.code);
  }

  #send(msg: ClientMessage): void {
    this.#ws?.send(JSON.stringify(msg));
  }

  #receive(text: string): void {
    this.#heard();
    const msg = JSON.parse(text) as ServerMessage;
    switch (msg.t) {
      case 'welcome':
        this.#welcomed = true;
        this.#losses = 0;
        this.#deadAfterMs = msg.deadAfter;
        this.#heard(); // the shorter time of the handshake is over
        clearInterval(this.#beatTimer);
        this.#beatTimer = setInterval(() => this.#send({ t: 'hb', ts: Date.now() }), msg.beatEvery);
        this.#options.onMessage(msg);
        this.#options.onStatus('open', '');
        return;
      case 'res':
        this.#settle(msg);
        return;
      case 'bye':
        this.#retryAfterMs = msg.retryMs;
        return;
      default:
        this.#options.onMessage(msg);
    }
  }

  #settle(res: Result): void {
    const asked = this.#pending.get(res.id);
    if (asked === undefined) return; // answered after its deadline
    this.#pending.delete(res.id);
    clearTimeout(asked.timer);
    if (res.ok) asked.resolve(res.data);
    else asked.reject(new CommandError(res.err?.code ?? 'internal', res.err?.message ?? asked.type));
  }

  /** Arms the silence timer: a black hole never closes the socket by itself. */
  #heard(): void {
    clearTimeout(this.#deadTimer);
    this.#deadTimer = setTimeout(() => this.#lost(0), this.#deadAfterMs);
  }

  #lost(code: number): void {
    const retryAfter = this.#retryAfterMs;
    this.#discard();
    if (!this.#running) return;
    const ended = finalEnd(code);
    if (ended !== '' || (retryAfter !== null && retryAfter < 0)) {
      this.#running = false;
      this.#options.onStatus('ended', ended || 'closed');
      return;
    }
    this.#options.onStatus('away', '');
    const delay = retryAfter ?? backoff(this.#losses++, this.#options.random ?? Math.random);
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
  }

  /** Forgets the present connection without waiting for its closing handshake. */
  #discard(): void {
    clearTimeout(this.#deadTimer);
    clearInterval(this.#beatTimer);
    this.#retryAfterMs = null;
    this.#welcomed = false;
    if (this.#ws !== null) {
      this.#ws.onopen = this.#ws.onmessage = this.#ws.onclose = null;
      this.#ws.close();
      this.#ws = null;
    }
    for (const asked of this.#pending.values()) {
      clearTimeout(asked.timer);
      asked.reject(new CommandError('lost', `connection lost before the answer to ${asked.type}`));
    }
    this.#pending.clear();
  }
}

/** Full jitter between 0.5 s and a limit that doubles with each loss, at most 8 s. */
export function backoff(losses: number, random: () => number): number {
  const limit = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(losses + 1, 10));
  return backoffMinMs + random() * (limit - backoffMinMs);
}

function finalEnd(code: number): Ended {
  switch (code) {
    case CloseAuth:
      return 'auth';
    case CloseForbidden:
      return 'forbidden';
    case CloseReplaced:
      return 'replaced';
    case CloseUpgrade:
      return 'upgrade';
    default:
      return '';
  }
}

/** 128 random bits in hexadecimal. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}
