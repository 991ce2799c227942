// One agent as the page sees it: a state, its events with numbers, and answers to commands.

import { card, me } from './samples.mjs';

const offerMs = 20_000;
const wrapMs = 60_000;

export class FakeDesk {
  epoch = 'e' + Date.now();
  seq = 0;
  events = [];
  sockets = new Set();
  asked = [];
  grants = 0;
  role = 'agent'; // of who is signed in, for the pages beside the desk
  autoLine = true; // the line is up as soon as it is claimed; false: the test says when
  state = {
    me,
    agent: { state: 'logged_out', reason: '', since: Date.now(), until: 0, nextState: '', nextReason: '' },
    line: { status: 'down', why: '', epoch: 0, mine: false },
    call: null,
    link: true,
  };

  join(ws) {
    this.sockets.add(ws);
    ws.on('close', () => this.sockets.delete(ws));
    ws.on('message', (data) => this.#heard(ws, JSON.parse(data.toString())));
  }

  stop() {
    clearTimeout(this.timer);
    for (const ws of this.sockets) ws.terminate();
  }

  #heard(ws, msg) {
    if (msg.t === 'hello') return this.#welcome(ws, msg.resume);
    if (msg.t === 'hb') return this.#send(ws, { t: 'hb', ts: Date.now() });
    if (msg.t !== 'cmd') return;
    this.asked.push(msg);
    const { data, err } = this.#do(msg);
    this.#send(ws, { t: 'res', id: msg.id, ok: err === undefined, err, data });
  }

  #welcome(ws, resume) {
    const resumed = resume?.epoch === this.epoch;
    const welcome = { t: 'welcome', epoch: this.epoch, seq: this.seq, now: Date.now(), beatEvery: 10000, deadAfter: 25000, resumed };
    this.#send(ws, welcome);
    if (resumed) for (const evt of this.events.filter((e) => e.seq > resume.seq)) this.#send(ws, evt);
    else this.#send(ws, { t: 'snap', epoch: this.epoch, seq: this.seq, data: this.state });
  }

  #send(ws, msg) {
    if (ws.readyState === ws.OPEN) ws.send(JSON.stringify(msg));
  }

  /** Tells every tab one event. */
  tell(evt) {
    const full = { t: 'evt', seq: ++this.seq, ts: Date.now(), ...evt };
    this.events.push(full);
    for (const ws of this.sockets) this.#send(ws, full);
  }

  agent(change) {
    this.state.agent = { reason: '', until: 0, nextState: '', nextReason: '', ...change, since: Date.now() };
    this.tell({ type: 'agent.state', agent: this.state.agent });
  }

  line(change) {
    this.state.line = { ...this.state.line, why: '', ...change };
    this.tell({ type: 'line.status', line: this.state.line });
  }

  call(type, change) {
    this.state.call = { ...this.state.call, ...change };
    this.tell({ type, call: this.state.call });
  }

  link(up) {
    this.state.link = up;
    this.tell({ type: 'link.status', link: up });
  }

  offer(change = {}) {
    const now = Date.now();
    this.agent({ state: 'reserved', until: now + offerMs });
    this.state.call = { ...card, id: 'call-' + now, lease: 'lease-' + now, offeredAt: now, answerBy: now + offerMs, ...change };
    this.tell({ type: 'call.offered', call: this.state.call });
    this.timer = setTimeout(() => this.divert('missed'), offerMs);
  }

  divert(how) {
    clearTimeout(this.timer);
    this.state.call = null;
    this.tell({ type: 'call.diverted', how });
    this.agent({ state: 'not_ready', reason: how });
  }

  connect() {
    clearTimeout(this.timer);
    this.agent({ state: 'busy' });
    this.call('call.connected', { phase: 'talking', connectedAt: Date.now() });
  }

  end() {
    this.agent({ state: 'wrap_up', until: Date.now() + wrapMs, nextState: this.state.agent.nextState });
    this.call('call.ended', { phase: 'wrap_up', endedAt: Date.now() });
    this.timer = setTimeout(() => this.clear(), wrapMs);
  }

  clear() {
    clearTimeout(this.timer);
    this.state.call = null;
    this.tell({ type: 'call.cleared' });
    this.agent({ state: 'ready' });
  }

  #do({ type, data }) {
    const { call } = this.state;
    switch (type) {
      case 'agent.signIn':
        this.agent({ state: 'not_ready', reason: 'signed_in' });
        return {};
      case 'agent.signOut':
        this.line({ status: 'down', epoch: 0, mine: false });
        this.agent({ state: 'logged_out' });
        return {};
      case 'agent.setState':
        if (call !== null) this.agent({ ...this.state.agent, nextState: data.state, nextReason: data.reason ?? '' });
        else this.agent({ state: data.state, reason: data.reason ?? '' });
        return {};
      case 'line.claim': {
        const epoch = ++this.grants;
        this.line({ status: this.autoLine ? 'up' : 'starting', epoch, mine: true });
        return { data: { user: 'agent01', secret: 'secret' + epoch, leg: 'leg' + epoch, epoch } };
      }
      case 'call.answer':
        if (call?.lease !== data.lease) return { err: { code: 'offer_over', message: 'the offer is over' } };
        this.connect();
        return {};
      case 'call.reject':
        this.divert('rejected');
        return {};
      case 'call.hold':
        this.call('call.held', { phase: 'held', heldAt: Date.now() });
        return {};
      case 'call.retrieve':
        this.call('call.retrieved', { phase: 'talking', heldAt: 0, heldMs: call.heldMs + Date.now() - call.heldAt });
        return {};
      case 'call.end':
        this.end();
        return {};
      case 'call.dispose':
        this.call('call.data', { disposition: data.disposition, note: data.note });
        if (this.state.agent.state === 'wrap_up') this.clear();
        return {};
      case 'agent.endWrap':
        this.clear();
        return {};
      case 'agent.extendWrap':
        this.agent({ ...this.state.agent, until: this.state.agent.until + 60_000 });
        return {};
      default:
        return {};
    }
  }
}
