// Several tabs of one agent: one of them, the leader, owns microphone, SIP and ring. The
// leader holds the Web Lock `ctid-line`; when it closes, the browser gives the lock to
// the next in line. A tab that wants it asks over a BroadcastChannel, and steals it
// when the leader does not answer.

const lockName = 'ctid-line';
const yieldMs = 1000;

/** What tabs say to each other. */
export type TabMessage =
  | { say: 'yield' } // follower to leader: let me have the line
  | { say: 'mute'; muted: boolean } // follower to leader: please mute
  | { say: 'audio'; muted: boolean }; // leader to followers: so it is

export interface TabEvents {
  onLeader: (leader: boolean) => void;
  onMessage: (msg: TabMessage) => void;
}

export class Tabs {
  readonly #events: TabEvents;
  readonly #channel = new BroadcastChannel(lockName);
  #queued = new AbortController(); // of our place in the line
  #stopped = false;
  #release: (() => void) | null = null; // set while we lead

  constructor(events: TabEvents) {
    this.#events = events;
    this.#channel.onmessage = (e: MessageEvent<TabMessage>) => this.#heard(e.data);
  }

  /** Stands in line for the lock. */
  start(): void {
    if (!('locks' in navigator)) {
      // No secure context, so no microphone either: this tab shows what is wrong.
      void this.#lead();
      return;
    }
    this.#queued = new AbortController();
    void this.#wait({ signal: this.#queued.signal });
  }

  get leader(): boolean {
    return this.#release !== null;
  }

  say(msg: TabMessage): void {
    this.#channel.postMessage(msg);
  }

  /** Takes the line over from another tab: asks, and steals after a second without it. */
  take(): void {
    if (this.leader) return;
    this.say({ say: 'yield' });
    setTimeout(() => {
      if (this.leader || this.#stopped) return;
      this.#queued.abort();
      void this.#wait({ steal: true });
    }, yieldMs);
  }

  /** Leaves the line and the other tabs alone. */
  stop(): void {
    this.#stopped = true;
    this.#queued.abort();
    this.#release?.();
    this.#channel.close();
  }

  #heard(msg: TabMessage): void {
    if (msg.say === 'yield' && this.#release !== null) {
      this.#release();
      // Behind the asking tab, which has been waiting longer.
      setTimeout(() => {
        if (!this.#stopped) this.start();
      }, yieldMs / 2);
      return;
    }
    this.#events.onMessage(msg);
  }

  async #wait(options: LockOptions): Promise<void> {
    let led = false;
    try {
      await navigator.locks.request(lockName, options, () => {
        led = true;
        return this.#lead();
      });
    } catch {
      // Left the line before our turn, or the lock was stolen while we held it.
    }
    if (!led || this.#release === null) return;
    this.#release = null; // stolen
    this.#events.onLeader(false);
    if (!this.#stopped) this.start();
  }

  #lead(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((done) => {
      this.#release = () => {
        this.#release = null;
        this.#events.onLeader(false);
        done();
      };
      this.#events.onLeader(true);
    });
  }
}
