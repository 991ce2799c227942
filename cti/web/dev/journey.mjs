// Drives the built page through an agent's day with real WebRTC audio on this machine and
// fails at the first thing that is not as it must be: shift, foreign INVITE, offer, tones
// both ways, mute, hold, cut sockets, a second leg, a reload in mid-call, two tabs, a
// citizen's call with keys. Prints the times that people feel.
//
//   npm run build && npm run journey

import assert from 'node:assert/strict';
import { launch, until } from './browser.mjs';
import { startFake } from './fake.mjs';
import { FarEnd } from './farend.mjs';

const farHz = 1000; // what the far end sends
const audible = -45; // dB below full scale: a tone is there
const silent = -75;

let far;
const sipSockets = new Set();
const fake = await startFake({
  onSip: (ws) => {
    sipSockets.add(ws);
    ws.on('close', () => sipSockets.delete(ws));
    far.take(ws);
  },
});
const { desk } = fake;
const browser = await launch();
const context = await browser.newContext({ permissions: ['microphone'] });
far = await FarEnd.open(await browser.newContext(), fake.url);
const errors = [];

async function open(path = '/') {
  const page = await context.newPage();
  page.on('pageerror', (err) => errors.push(err.stack));
  await page.goto(`${fake.url}${path}${path.includes('?') ? '&' : '?'}testaudio=1`);
  return page;
}

const state = (page) => page.evaluate(() => window.__talian.state());
const heard = (page, hz) => page.evaluate((f) => window.__talian.remoteLevel(f), hz);
const loudness = (id) => far.page.evaluate((i) => window.far.level(i, 440), id);
const farState = (id) => far.page.evaluate((i) => window.far.state(i), id);
const claims = (n) => until(`claim ${n}`, () => desk.grants === n && far.registered >= n);
const step = (words) => console.log('ok  ' + words);

async function hears(page) {
  const started = performance.now();
  await until('the page hears 1000 Hz', async () => (await heard(page, farHz)).level > audible);
  return Math.round(performance.now() - started);
}

// The fake microphone beeps once a second: loud frames come and go.
async function farHears(id, wanted) {
  const levels = [];
  for (let i = 0; i < 30; i++) {
    levels.push(Math.max(await loudness(id), await far.page.evaluate((k) => window.far.level(k, 200), id)));
    await new Promise((next) => setTimeout(next, 50));
  }
  const loudest = Math.max(...levels);
  assert.ok(wanted ? loudest > silent : loudest < silent, `far end hears ${loudest.toFixed(1)} dB, wanted ${wanted ? 'sound' : 'silence'}`);
}

try {
  let page = await open();
  await page.fill('[name=username]', 'agent01');
  await page.fill('[name=password]', 'pw');
  await page.click('button.primary');
  await page.click('.shift .primary');
  await claims(1);
  const foreign = await far.call('somebody else');
  assert.equal(foreign.status, 403);
  const first = await far.call('leg1');
  assert.equal(first.status, 200);
  await until('leg up', async () => (await state(page)).leg.phase === 'up');
  step(`shift: foreign INVITE 403 in ${foreign.ms} ms, our leg 200 in ${first.ms} ms`);

  await farHears(first.id, false);
  const idlePackets = await far.page.evaluate((i) => window.far.received(i), first.id);
  await until('idle packets', async () => (await far.page.evaluate((i) => window.far.received(i), first.id)) > idlePackets + 50);
  step('idle: silence, but packets go on');

  await page.click('.status .go');
  await page.waitForSelector('.now.ready');
  desk.offer();
  await page.waitForSelector('.offer');
  await page.keyboard.press('Control+Alt+KeyA');
  await page.waitForSelector('.talk.talking');
  await hears(page);
  await farHears(first.id, true);
  step('talking: tone heard by the page, microphone heard by the far end');

  await page.click('.controls button:nth-child(1)');
  await until('muted', async () => (await state(page)).muted);
  await new Promise((next) => setTimeout(next, 300));
  await farHears(first.id, false);
  await page.click('.controls button:nth-child(1)');
  await farHears(first.id, true);
  step('mute silences the far end, unmute ends it');

  await until('beats', () => desk.asked.filter((c) => c.type === 'line.beat' && c.data.ok && c.data.epoch === 1).length >= 2, 15_000);
  step('beats each 5 s with ok');

  const registered = far.registered;
  for (const ws of sipSockets) ws.terminate();
  await until('registered again', () => far.registered > registered, 12_000);
  assert.equal((await state(page)).leg.phase, 'up');
  assert.equal(await farState(first.id), 'connected');
  assert.equal(desk.grants, 1);
  for (const ws of desk.sockets) ws.terminate();
  await page.waitForSelector('.banner.warn');
  await page.waitForSelector('.banner.warn', { state: 'detached' });
  await hears(page);
  step('SIP socket and CTI socket cut: same leg, same call, audio never gone');

  desk.autoLine = false;
  await far.page.evaluate((i) => window.far.close(i), first.id);
  const lost = performance.now();
  await until('line.fail', () => desk.asked.some((c) => c.type === 'line.fail' && c.data.epoch === 1), 15_000);
  const noticed = Math.round(performance.now() - lost);
  await claims(2);
  const second = await far.call('leg2');
  desk.line({ status: 'up', epoch: 2, mine: true });
  desk.tell({ type: 'line.drop', epoch: 1 });
  await hears(page);
  assert.deepEqual(await page.evaluate(() => window.__talian.state().leg), { epoch: 2, phase: 'up', why: '' });
  step(`dead media: noticed after ${noticed} ms, second leg heard; talk goes on`);

  desk.autoLine = true;
  const reloaded = performance.now();
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await claims(3);
  const third = await far.call('leg3');
  await hears(page);
  const gap = Math.round(performance.now() - reloaded);
  await page.waitForSelector('.talk.talking');
  await farHears(third.id, true);
  assert.ok(!far.ended.includes(second.id), 'a reload must not hang the old leg up: the server drops it');
  step(`reload in mid-call: same card, heard again ${gap} ms after the reload`);

  const other = await open();
  await other.waitForSelector('.talk.talking');
  assert.equal((await state(other)).leader, false);
  await other.click('.controls button:nth-child(1)');
  await until('mute by the other tab', async () => (await state(page)).muted && (await state(other)).muted);
  await other.click('.controls button:nth-child(1)');
  await until('unmute by the other tab', async () => !(await state(page)).muted);
  await other.click('.banner button');
  await until('take-over', async () => (await state(other)).leader && !(await state(page)).leader);
  await claims(4);
  const fourth = await far.call('leg4');
  await hears(other);
  await until('the former leader let its leg go', async () => (await state(page)).leg.phase === 'none');
  step('two tabs: mute from the follower, then it took the line over');
  await page.close({ runBeforeUnload: false });

  await other.click('.controls .stop');
  await other.waitForSelector('.talk.wrap_up');
  await farHears(fourth.id, false);
  await other.keyboard.press('1');
  await other.click('.wrap .primary');
  await other.waitForSelector('.now.ready');
  assert.deepEqual(desk.asked.findLast((c) => c.type === 'call.dispose').data, { disposition: 'enquiry', note: '' });
  await other.click('.status .push');
  await other.waitForSelector('.shift');
  await until('leg hung up', () => far.ended.includes(fourth.id));
  step('wrap-up by key 1, end of shift hangs the leg up');

  const phone = await open('/phone');
  await phone.click('.numbers .go');
  await phone.waitForSelector('.screen.talking');
  await hears(phone);
  await phone.click('.keypad button:nth-child(3)');
  await phone.waitForSelector('.sent:not(:empty)');
  await phone.click('.stop');
  await phone.waitForSelector('.screen.idle');
  step('citizen’s phone: dialled, heard, key sent, hung up');
  assert.deepEqual(errors, []);
  console.log('journey done');
} finally {
  await browser.close();
  await fake.close();
}
