// The far end of the audio for tests of the page: enough SIP over websocket to register
// a page, call it and be called, with a browser page of its own as the media side.
// It is no Asterisk: the real one is tested elsewhere.

import { randomUUID } from 'node:crypto';

/** Runs in the far end's own page: peer connections that send a tone and can listen. */
function peerMain() {
  const context = new AudioContext();
  const peers = new Map();
  const gathered = (pc) =>
    new Promise((done) => {
      if (pc.iceGatheringState === 'complete') return done();
      pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && done();
    });
  const open = (id, hz) => {
    const pc = new RTCPeerConnection();
    const tone = context.createOscillator();
    const out = context.createMediaStreamDestination();
    const gain = context.createGain();
    tone.frequency.value = hz;
    gain.gain.value = 0.3;
    tone.connect(gain).connect(out);
    tone.start();
    pc.addTrack(out.stream.getAudioTracks()[0], out.stream);
    const peer = { pc, gain, analyser: context.createAnalyser(), tones: '' };
    peer.analyser.smoothingTimeConstant = 0;
    pc.ontrack = (e) => {
      const element = new Audio();
      element.srcObject = new MediaStream([e.track]);
      element.muted = true;
      void element.play();
      context.createMediaStreamSource(element.srcObject).connect(peer.analyser);
    };
    peers.set(id, peer);
    return peer;
  };
  window.far = {
    async offer(id, hz) {
      await context.resume();
      const { pc } = open(id, hz);
      await pc.setLocalDescription(await pc.createOffer());
      await gathered(pc);
      return pc.localDescription.sdp;
    },
    answered: (id, sdp) => peers.get(id).pc.setRemoteDescription({ type: 'answer', sdp }),
    async answer(id, hz, sdp) {
      await context.resume();
      const { pc } = open(id, hz);
      await pc.setRemoteDescription({ type: 'offer', sdp });
      await pc.setLocalDescription(await pc.createAnswer());
      await gathered(pc);
      return pc.localDescription.sdp;
    },
    loud: (id, on) => void (peers.get(id).gain.gain.value = on ? 0.3 : 0),
    close: (id) => peers.get(id)?.pc.close(),
    state: (id) => peers.get(id).pc.connectionState,
    level(id, hz) {
      const { analyser } = peers.get(id);
      const bins = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(bins);
      const bin = Math.round((hz * analyser.fftSize) / context.sampleRate);
      return Math.max(...bins.subarray(bin - 1, bin + 2));
    },
    async received(id) {
      for (const entry of (await peers.get(id).pc.getStats()).values()) if (entry.type === 'inbound-rtp') return entry.packetsReceived;
      return 0;
    },
  };
}

function parse(text) {
  const [head, body = ''] = text.split('\r\n\r\n');
  const [first, ...lines] = head.split('\r\n');
  const headers = {};
  for (const line of lines) {
    const at = line.indexOf(':');
    const name = line.slice(0, at).trim().toLowerCase();
    (headers[name] ??= []).push(line.slice(at + 1).trim());
  }
  return { first, headers, body };
}

const replyHeaders = ['via', 'from', 'to', 'call-id', 'cseq'];

function reply(request, status, { body = '', extra = [], tag = '' } = {}) {
  const lines = [`SIP/2.0 ${status}`];
  for (const name of replyHeaders) {
    for (const value of request.headers[name] ?? []) lines.push(`${name}: ${value}${name === 'to' && tag !== '' ? `;tag=${tag}` : ''}`);
  }
  return [...lines, ...extra, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
}

export class FarEnd {
  legs = new Map();
  registered = 0;
  ended = [];

  static async open(browserContext, url) {
    const page = await browserContext.newPage();
    await page.goto(url + '/logo.svg');
    await page.evaluate(peerMain);
    return new FarEnd(page);
  }

  constructor(page) {
    this.page = page;
  }

  /** Takes a SIP websocket of a page. */
  take(ws) {
    ws.on('message', (data) => {
      const text = data.toString();
      if (text.trim() !== '') void this.#heard(ws, parse(text));
    });
  }

  /** Calls the page that registered last. Resolves to the final status and, when it is 200, the time it took. */
  async call(leg, hz = 1000) {
    const id = randomUUID();
    const sdp = await this.page.evaluate(([i, f]) => window.far.offer(i, f), [id, hz]);
    const lines = [
      `INVITE ${this.contact} SIP/2.0`,
      `Via: SIP/2.0/WS far.invalid;branch=z9hG4bK${id}`,
      'Max-Forwards: 70',
      `From: <sip:far@far.invalid>;tag=${id}`,
      `To: <${this.contact}>`,
      `Call-ID: ${id}`,
      'CSeq: 1 INVITE',
      'Contact: <sip:far@far.invalid;transport=ws>',
      `X-CTI-Leg: ${leg}`,
      'Content-Type: application/sdp',
      `Content-Length: ${Buffer.byteLength(sdp)}`,
      '',
      sdp,
    ];
    const started = performance.now();
    const answer = await new Promise((done) => {
      this.legs.set(id, { ws: this.ws, done });
      this.ws.send(lines.join('\r\n'));
    });
    return { id, ms: Math.round(performance.now() - started), status: Number(answer.first.split(' ')[1]) };
  }

  async #heard(ws, msg) {
    if (msg.first.startsWith('SIP/2.0')) return this.#answered(ws, msg);
    const method = msg.first.split(' ')[0];
    const id = msg.headers['call-id'][0];
    switch (method) {
      case 'REGISTER': {
        const contact = msg.headers.contact[0];
        if (!/expires=0/.test(contact) && (msg.headers.expires?.[0] ?? '') !== '0') {
          this.ws = ws;
          this.contact = /<([^>]+)>/.exec(contact)[1];
          this.registered++;
        }
        return ws.send(reply(msg, '200 OK', { extra: [`Contact: ${contact};expires=120`], tag: 'r' }));
      }
      case 'INVITE': {
        ws.send(reply(msg, '180 Ringing', { tag: 'far', extra: ['Contact: <sip:far@far.invalid;transport=ws>'] }));
        const sdp = await this.page.evaluate(([i, f, s]) => window.far.answer(i, f, s), [id, 1000, msg.body]);
        this.legs.set(id, { ws });
        const extra = ['Contact: <sip:far@far.invalid;transport=ws>', 'Content-Type: application/sdp'];
        return ws.send(reply(msg, '200 OK', { tag: 'far', body: sdp, extra }));
      }
      case 'BYE':
        this.ended.push(id);
        await this.page.evaluate((i) => window.far.close(i), id);
        return ws.send(reply(msg, '200 OK'));
      case 'ACK':
        return undefined;
      default:
        return ws.send(reply(msg, '200 OK'));
    }
  }

  async #answered(ws, msg) {
    const id = msg.headers['call-id'][0];
    const status = Number(msg.first.split(' ')[1]);
    const leg = this.legs.get(id);
    if (status < 200 || leg?.done === undefined || !msg.headers.cseq[0].endsWith('INVITE')) return;
    if (status === 200) {
      await this.page.evaluate(([i, s]) => window.far.answered(i, s), [id, msg.body]);
      const target = /<([^>]+)>/.exec(msg.headers.contact[0])[1];
      const lines = [`ACK ${target} SIP/2.0`, `Via: SIP/2.0/WS far.invalid;branch=z9hG4bKack${id}`, 'Max-Forwards: 70'];
      lines.push(`From: ${msg.headers.from[0]}`, `To: ${msg.headers.to[0]}`, `Call-ID: ${id}`, 'CSeq: 1 ACK', 'Content-Length: 0', '', '');
      ws.send(lines.join('\r\n'));
    }
    leg.done(msg);
    leg.done = undefined;
  }
}
