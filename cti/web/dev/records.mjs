// What the fake server shows of cases, callbacks, surveys and flows.

const words = { desks: ['complaints'], categories: ['health', 'road', 'water'], clusters: ['health', 'putrajaya', 'road_transport'] };
const pageSize = 6;

/** The case that the pictures show. */
export const shown = '26325001124';

function sample(i) {
  const kind = i % 5;
  return {
    number: i === 0 ? shown : '26325' + String(112 - i).padStart(5, '0') + String((3 * i) % 10),
    desk: 'complaints',
    type: i % 4 === 3 ? 'suggestion' : 'complaint',
    status: ['in_progress', 'new', 'closed', 'draft', 'new'][kind],
    category: ['road', 'water', 'health', '', 'road'][kind],
    cluster: ['putrajaya', 'putrajaya', 'health', '', 'road_transport'][kind],
    caller: i === 3 ? '' : '01234567' + (10 + i),
    identity: i % 2 === 0 ? '900101145678' : '',
    lang: ['ms', 'en', 'zh', 'ta', 'ms'][kind],
    note: i === 0 ? 'Lubang besar di hadapan Presint 9, sudah dua minggu.' : '',
    length_ms: kind === 1 ? 0 : 34_000,
    playable: kind !== 1,
    due: i === 3 ? '' : i === 4 ? '2026-11-20' : '2026-11-' + (30 - i),
    overdue: i === 4,
    opened_at: new Date(Date.UTC(2026, 10, 21 - i, 15 - i, 7 * i)).toISOString(),
    closed_at: kind === 2 ? '2026-11-22T03:00:00Z' : null,
  };
}

function history(one) {
  const first = { n: 1, at: one.opened_at, what: 'opened', status: 'new', who: '', why: '', note: one.note, length_ms: one.length_ms, playable: one.playable };
  if (one.number !== shown) return [first];
  const blank = { ...first, status: '', note: '', length_ms: 0, playable: false };
  return [
    first,
    { ...blank, n: 2, at: '2026-11-22T09:12:00+08:00', what: 'moved', status: 'in_progress', who: 'supervisor01', why: 'Dihantar kepada Perbadanan Putrajaya.' },
    { ...blank, n: 3, at: '2026-11-22T22:40:00+08:00', what: 'appended', note: 'Pemanggil menambah maklumat.', length_ms: 9000 },
  ];
}

/** The cases of one server. */
export class Cases {
  #all = Array.from({ length: 9 }, (_, i) => sample(i)).map((one) => ({ ...one, history: history(one) }));

  /** The page that a query asks for. */
  page(query) {
    const wanted = (one, name) => ['', one[name]].includes(query.get(name) ?? '');
    const rows = this.#all.filter(
      (one) =>
        ['status', 'category', 'cluster', 'desk'].every((name) => wanted(one, name)) &&
        one.number.includes(query.get('number') ?? '') &&
        one.number < (query.get('before') ?? '99999999999') &&
        (one.overdue || query.get('overdue') === null),
    );
    const page = rows.slice(0, pageSize);
    return { rows: page, next: rows.length > pageSize ? page.at(-1).number : '', ...(query.get('words') && { words }) };
  }

  /** One case with its history, or undefined. */
  one(number) {
    return this.#all.find((one) => one.number === number);
  }

  /** Moves a case, as the engine would. */
  move(number, status, why) {
    const one = this.one(number);
    one.history.push({ ...one.history[0], n: one.history.length + 1, at: new Date().toISOString(), what: 'moved', status, who: 'supervisor01', why, note: '', length_ms: 0, playable: false });
    one.status = status;
    one.overdue = false;
    one.closed_at = status === 'closed' ? new Date().toISOString() : null;
  }
}

/** A case as those see it who may not read personal data. */
export function masked(one) {
  const mask = (text) => text.replace(/.(?=.{4})/g, '*');
  return { ...one, caller: mask(one.caller), identity: mask(one.identity) };
}

export function caseReport() {
  const rows = words.categories.map((category, i) => ({ category, opened: 40 - 9 * i, draft: 3, new: 9 - i, in_progress: 12 - 3 * i, closed: 16 - 5 * i, overdue: i === 1 ? 0 : 4 - i }));
  const total = rows.reduce((sum, row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, k === 'category' ? '' : v + (sum[k] ?? 0)])), {});
  return { dictionary: 1, from: '2026-11-01T00:00:00+08:00', to: '2026-12-01T00:00:00+08:00', at: '2026-11-23T17:00:00+08:00', rows, total };
}

/** Callbacks around the present half hour. */
export function callbacks() {
  const half = 1_800_000;
  const begin = Math.floor(Date.now() / half) * half;
  return {
    rows: [-2, -1, 0, 0, 1, 3].map((away, i) => ({
      key: 'k' + i,
      queue: 'citizens',
      skills: { language: 'ms', cluster: ['health', 'finance', 'immigration', '', 'education', 'health'][i] },
      number: '01234567' + (10 + i),
      from: new Date(begin + away * half).toISOString(),
      until: new Date(begin + (away + 1) * half).toISOString(),
      lang: ['ms', 'en', 'ms', 'zh', 'ta', 'ms'][i],
      booked_at: new Date(begin - 7_000_000 - 60_000 * i).toISOString(),
    })),
  };
}

function answers(counts) {
  const n = counts.reduce((sum, count) => sum + count, 0);
  const mean = n === 0 ? null : counts.reduce((sum, count, i) => sum + (i + 1) * count, 0) / n;
  return { n, mean, counts, satisfied: n === 0 ? null : (counts[3] + counts[4]) / n, other_scale: 0 };
}

const question = (i, size) => ({ question: 'q' + (i + 1), ...answers([(i % 4) + 1, 2 + (i % 3), 6 + 2 * (i % 5), 20 + size - 3 * i, 40 + size - 2 * i]) });
const added = (list) => answers([0, 1, 2, 3, 4].map((at) => list.reduce((sum, q) => sum + q.counts[at], 0)));

export function surveys(by) {
  const questions = Array.from({ length: 10 }, (_, i) => question(i, 30));
  const names = by === 'agent' ? ['', 'agent01', 'agent02', 'agent03'] : ['', 'health', 'immigration', 'putrajaya'];
  const groups = names.map((group, g) => {
    const own = Array.from({ length: g === 0 ? 6 : 10 }, (_, i) => question(i, 12 - 7 * g + 9));
    return { group, begun: 30 + g, complete: 25, completion: 25 / (30 + g), all: added(own), questions: own };
  });
  const row = { survey: 'csi', offered: 214, begun: 161, complete: 133, declined: 53, response: 161 / 214, completion: 133 / 161, all: added(questions), questions, groups };
  return { dictionary: 1, from: '2026-11-01T00:00:00+08:00', to: '2026-12-01T00:00:00+08:00', by, target: 0.8, rows: [row] };
}

export function ivr() {
  return { answered: 812, contained: 301, containment: 301 / 812, transferred: 17, transfer_rate: 17 / 812, rung: 19, outcomes: { busy: 3, ended: 12, no_answer: 4 }, reached: 12 / 19, ring_ms: 11_400, talk_ms: 142_600 };
}

export function bundle() {
  const current = { at: '2026-11-20T08:30:00+08:00', revision: '4f0c9d3b7a21e6d5c8', candidate: false, percent: 0, who: 'admin01', approved: 'admin02', why: 'Menu musim banjir' };
  const candidate = { ...current, at: '2026-11-23T10:05:00+08:00', revision: 'b7719e02aa54c1f390', candidate: true, percent: 5, why: 'Teks baharu untuk pasport' };
  const refused = { at: '2026-11-23T14:21:00+08:00', from: '/srv/talian/flows', why: 'flows/main.yaml:37:12: error[E201]: there is no node "agnts" in this flow; did you mean "agents"? (1 errors in all; ivrd check shows them)' };
  return { current, candidate, refused, log: [candidate, current, { ...current, at: '2026-11-02T07:00:00+08:00', revision: '01ab', why: 'Permulaan', approved: '' }] };
}

/** A second of a soft tone, as a WAV file (PCM, 8 kHz, mono). */
export function tone() {
  const samples = 8000;
  const file = Buffer.alloc(44 + 2 * samples);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + 2 * samples, 4);
  file.write('WAVEfmt ', 8);
  for (const [at, value, size] of [[16, 16, 4], [20, 1, 2], [22, 1, 2], [24, 8000, 4], [28, 16_000, 4], [32, 2, 2], [34, 16, 2]]) {
    if (size === 4) file.writeUInt32LE(value, at);
    else file.writeUInt16LE(value, at);
  }
  file.write('data', 36);
  file.writeUInt32LE(2 * samples, 40);
  for (let i = 0; i < samples; i++) file.writeInt16LE(Math.round(3000 * Math.sin((2 * Math.PI * 440 * i) / 8000)), 44 + 2 * i);
  return file;
}
