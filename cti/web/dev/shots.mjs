// Looks at every page and state: a picture of each in Malay and English, light and dark,
// at 1280x720, and axe-core's opinion of it. Ends with 1 when axe finds a fault or the
// page breaks the content security policy.
//
//   npm run build && npm run shots        pictures in shots/

import { mkdir } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { launch, until } from './browser.mjs';
import { startFake } from './fake.mjs';
import { FarEnd } from './farend.mjs';
import { shown } from './records.mjs';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const looks = [
  { lang: 'ms', theme: 'light' },
  { lang: 'en', theme: 'light' },
  { lang: 'ms', theme: 'dark' },
  { lang: 'en', theme: 'dark' },
];
const out = new URL('../shots/', import.meta.url).pathname;
const faults = [];

await mkdir(out, { recursive: true });
const browser = await launch();

/** Cases, callbacks and surveys, as supervisors and officers see them, also at 200 percent. */
async function records(page, fake, shot) {
  const views = [
    { name: 'cases', path: '/cases', ready: 'tfoot' },
    { name: 'case', path: '/cases?case=' + shown, ready: '.move' },
    { name: 'callbacks', path: '/callbacks', ready: '.slot' },
    { name: 'surveys', path: '/surveys', ready: 'tfoot' },
  ];
  fake.desk.role = 'supervisor';
  for (const size of [{ width: 1280, height: 720 }, { width: 640, height: 360 }]) {
    await page.setViewportSize(size);
    for (const view of views) {
      await page.goto(fake.url + view.path);
      await page.waitForSelector(view.ready);
      await shot(size.width === 640 ? view.name + '-200percent' : view.name);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) faults.push(`${view.name} at ${size.width}: ${over} pixels too wide`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto(fake.url + '/surveys');
  await page.waitForSelector('tfoot');
  for (const summary of await page.locator('details summary').all()) await summary.click();
  await page.locator('details').first().scrollIntoViewIfNeeded();
  await shot('surveys-matrix');
  await page.goto(fake.url + '/cases?case=' + shown);
  await page.selectOption('.move select', 'closed');
  await page.fill('.move textarea', 'Lubang telah ditampal.');
  await page.click('.move .primary');
  await page.waitForSelector('.history li:nth-child(4)');
  await shot('case-moved');
  fake.desk.role = 'agent';
  await page.goto(fake.url + '/cases?case=' + shown);
  await page.waitForSelector('.history');
  await shot('case-agent');
}

for (const look of looks) {
  let far;
  const fake = await startFake({ onSip: (ws) => far.take(ws) });
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme: look.theme });
  far = await FarEnd.open(await browser.newContext(), fake.url);
  await context.addInitScript((prefs) => localStorage.setItem('talian.prefs', JSON.stringify(prefs)), { ...look });
  const page = await context.newPage();
  page.on('console', (msg) => msg.type() === 'error' && !/401|404|429/.test(msg.text()) && faults.push(`${look.lang}: ${msg.text()}`));
  page.on('pageerror', (err) => faults.push(`${look.lang}: ${err.stack}`));

  let n = 0;
  const shot = async (name, { axe = true } = {}) => {
    const file = `${String(++n).padStart(2, '0')}-${name}-${look.lang}-${look.theme}`;
    await page.screenshot({ path: `${out}${file}.png` });
    if (!axe) return;
    const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
    for (const v of violations) faults.push(`${file}: ${v.id}: ${v.nodes.map((node) => node.html.slice(0, 140)).join(' | ')}`);
  };
  const { desk } = fake;
  const leg = async () => {
    await until('registered', () => far.registered === desk.grants && desk.grants > 0);
    return far.call('leg' + desk.grants);
  };

  await page.goto(fake.url + '/nowhere');
  await page.waitForSelector('h1');
  await shot('notfound');
  await page.goto(fake.url + '/reports');
  await page.waitForSelector('h1');
  await shot('reports-signedout');
  await page.goto(fake.url + '/');
  await page.fill('[name=username]', 'agent01');
  await page.fill('[name=password]', 'wrong');
  await page.click('button.primary');
  await page.waitForSelector('.problem:not(:empty)');
  await shot('signin');
  await page.fill('[name=password]', 'locked');
  await page.click('button.primary');
  await page.waitForSelector('.problem:not(:empty)');
  await shot('signin-locked');
  await page.fill('[name=password]', 'right');
  await page.click('button.primary');
  await page.waitForSelector('.shift');
  await shot('shift');
  await page.click('.shift .actions button:nth-child(2)');
  await page.waitForFunction(() => document.querySelector('.meter .muted') !== null);
  await page.click('.shift summary');
  await shot('shift-checked');
  await page.click('.shift .primary');
  await page.waitForSelector('.status');
  const first = await leg();
  await page.waitForSelector('.line.good');
  await shot('notready');
  await page.click('.reasons-button');
  await shot('reasons');
  await page.keyboard.press('Escape');
  await page.click('.status .sound summary');
  await shot('sound');
  await page.click('.status .sound summary');
  await page.click('.status .go');
  await page.waitForSelector('.now.ready');
  await shot('ready');
  desk.offer();
  await page.waitForSelector('.offer');
  await shot('offer');
  await page.click('.offer .go');
  await page.waitForSelector('.talk.talking');
  await shot('talking');
  await page.click('.keypad-button');
  await page.click('.keypad button:nth-child(5)');
  await page.waitForSelector('#keypad p:not(:empty)');
  await shot('keypad');
  await page.keyboard.press('Escape');
  await page.click('.controls button:nth-child(1)');
  await page.click('.controls button:nth-child(2)');
  await page.waitForSelector('.talk.held');
  await shot('held-muted');
  await page.click('.reasons-button');
  await page.click('#reasons button:nth-of-type(2)');
  await page.waitForSelector('.now .next');
  await shot('next');
  desk.link(false);
  await page.waitForSelector('.banner.warn');
  await shot('link-away');
  desk.link(true);
  for (const ws of desk.sockets) ws.close(4410);
  await page.waitForSelector('.banner.warn');
  await shot('socket-away', { axe: false });
  await page.waitForSelector('.banner.warn', { state: 'detached' });
  await far.page.evaluate((id) => window.far.close(id), first.id);
  desk.tell({ type: 'line.drop', epoch: desk.grants });
  await until('a new claim', () => desk.grants === 2);
  await leg();
  await page.waitForSelector('.line.good');
  await page.click('.controls button:nth-child(2)');
  await page.waitForSelector('.talk.talking');
  for (const ws of desk.sockets) ws.close(4401);
  await page.waitForSelector('.again');
  await shot('signedout-talking');
  await page.click('.controls button:nth-child(1)');
  await page.waitForFunction(() => document.querySelector('.controls button').getAttribute('aria-pressed') === 'false');
  await page.fill('[name=username]', 'agent01');
  await page.fill('[name=password]', 'right');
  await page.click('.again .primary');
  await page.waitForSelector('.status');
  await page.click('.controls .stop:not(:disabled)');
  await page.waitForSelector('.talk.wrap_up');
  await page.keyboard.press('2');
  await page.fill('textarea', 'Bertanya tentang pasport kanak-kanak; diminta membawa sijil lahir.');
  await shot('wrapup');
  await page.setViewportSize({ width: 640, height: 720 });
  await shot('wrapup-200percent');
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.click('.wrap .primary');
  await page.waitForSelector('.now.ready');
  desk.offer({ name: '', from: '', earlier: [], lang: '' });
  await page.waitForSelector('.offer');
  await shot('offer-unknown');
  desk.divert('missed');
  await page.waitForSelector('.banner .primary');
  await shot('missed');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog[open]');
  await shot('shortcuts');
  await page.keyboard.press('Escape');
  const second = await context.newPage();
  await second.goto(fake.url + '/');
  await second.waitForSelector('.status');
  await second.screenshot({ path: `${out}${String(++n).padStart(2, '0')}-follower-${look.lang}-${look.theme}.png` });
  await second.close();
  for (const ws of desk.sockets) ws.close(4409);
  await page.waitForSelector('.banner.bad');
  await shot('replaced');
  await page.goto(fake.url + '/reports');
  await page.waitForSelector('[role=alert]');
  await shot('reports-agent');
  fake.desk.role = 'supervisor';
  await page.goto(fake.url + '/');
  await page.waitForSelector('.centre .button');
  await shot('desk-supervisor');
  await page.goto(fake.url + '/reports');
  await page.waitForSelector('audio');
  await shot('reports');
  await page.click('details summary');
  await page.screenshot({ path: `${out}${String(++n).padStart(2, '0')}-reports-full-${look.lang}-${look.theme}.png`, fullPage: true });
  await records(page, fake, shot);
  await page.goto(fake.url + '/phone');
  await page.waitForSelector('.phone');
  await shot('phone');
  await page.click('.numbers .go');
  await page.waitForSelector('.screen.talking');
  await page.click('.keypad button:nth-child(2)');
  await shot('phone-talking');
  await page.click('.stop');
  await page.waitForSelector('.screen.idle');
  await context.close();
  await far.page.context().close();
  await fake.close();
  console.log(`${look.lang} ${look.theme}: ${n} pictures`);
}
await browser.close();
for (const fault of new Set(faults)) console.error(fault);
console.log(faults.length === 0 ? 'axe-core and console: no faults' : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
