// What the fake server shows: one officer, one caller, one day.

export const me = {
  id: 'agent01',
  name: 'Nurul Aina binti Hassan',
  role: 'agent',
  skills: { cluster: ['immigration', 'road_transport', 'health'], language: ['ms', 'en'] },
  reasons: ['break', 'meal', 'prayer', 'training', 'meeting', 'paperwork', 'technical'],
  dispositions: ['enquiry', 'complaint', 'suggestion', 'feedback', 'compliment', 'put_through', 'wrong_number', 'silent'],
};

const hour = 3600_000;

export const card = {
  id: '',
  phase: 'offered',
  lease: '',
  from: '0123456789',
  name: 'Encik Rahman bin Osman',
  lang: 'ms',
  cluster: 'immigration',
  queue: 'agents',
  path: ['Bahasa Melayu', 'Pasport dan imigresen', 'Cakap dengan pegawai'],
  waitedMs: 40_000,
  offeredAt: 0,
  answerBy: 0,
  connectedAt: 0,
  heldAt: 0,
  heldMs: 0,
  endedAt: 0,
  disposition: '',
  note: '',
  earlier: [
    {
      at: Date.now() - 26 * hour,
      cluster: 'immigration',
      agent: 'Tan Wei Ling',
      disposition: 'enquiry',
      note: 'Asked which papers a child needs for a first passport. Told to bring the birth certificate.',
      outcome: 'answered',
    },
    { at: Date.now() - 30 * hour, cluster: 'immigration', agent: '', disposition: '', note: '', outcome: 'abandoned' },
    { at: Date.now() - 900 * hour, cluster: 'road_transport', agent: 'Suresh a/l Kumar', disposition: 'complaint', note: 'Road tax notice came twice.', outcome: 'answered' },
  ],
};

const names = [
  'immigration', 'public_service', 'registration', 'road_transport', 'health', 'home_affairs',
  'human_resources', 'finance', 'education', 'federal_territories', 'putrajaya',
];

function figures(cluster, offered, i) {
  const abandoned = Math.round(offered * 0.06);
  const none = offered === 0;
  return {
    cluster,
    offered,
    answered: offered - abandoned,
    abandoned,
    short_abandoned: Math.round(abandoned / 3),
    other: {},
    asa_ms: none ? null : 6100 + 431 * i,
    asa_median_ms: none ? null : 4200 + 97 * i,
    asa_p90_ms: none ? null : 15900 + 808 * i,
    aht_ms: none ? null : 158_300 + 2711 * i,
    talk_ms: none ? null : 120_000 + 2500 * i,
    hold_ms: none ? null : 9000 + 100 * i,
    wrap_ms: none ? null : 29_300 + 111 * i,
    sl: none ? null : 0.951 - 0.009 * i,
    sl_seconds: 20,
  };
}

export function clusters(day) {
  const rows = names.map((name, i) => figures(name, i === 10 ? 0 : (day === 'yesterday' ? 220 : 96) - 7 * i, i));
  return { dictionary: 1, from: '2026-11-23T00:00:00+08:00', to: '2026-11-23T21:14:00+08:00', rows, total: figures('', rows.reduce((n, r) => n + r.offered, 0), 4) };
}

export function calls() {
  const outcomes = ['answered', 'answered', 'abandoned', 'answered', 'no_agents', 'answered'];
  return {
    rows: outcomes.map((outcome, i) => ({
      call: 'c' + i,
      arrived_at: new Date(Date.UTC(2026, 10, 23, 1, 4 * i, 13)).toISOString(),
      from: i === 4 ? '' : '01234567' + (10 + i),
      lang: ['ms', 'en', 'ms', 'zh', 'ta', 'ms'][i],
      cluster: names[i],
      agent: outcome === 'answered' ? 'agent0' + (i + 1) : '',
      outcome,
      wait_ms: 3000 * (i + 1),
      talk_ms: outcome === 'answered' ? 118_000 + 9000 * i : null,
      hold_ms: outcome === 'answered' ? 4000 * i : null,
      wrap_ms: outcome === 'answered' ? 31_000 : null,
      ended_by: outcome === 'no_agents' ? 'system' : 'caller',
      disposition: outcome === 'answered' ? 'enquiry' : '',
    })),
  };
}

export function voicemails() {
  return {
    rows: [
      { id: 'v1', at: '2026-11-22T22:10:00+08:00', box: 'general', from: '0198765432', lang: 'ms', length_ms: 34_000 },
      { id: 'v2', at: '2026-11-23T05:41:00+08:00', box: 'general', from: '', lang: 'en', length_ms: 12_500 },
    ],
  };
}
