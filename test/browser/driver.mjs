// Drives Chromium for the Go tests: one JSON command a line on stdin, one answer a line on
// stdout. Playwright comes from the web application's development dependencies.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const { chromium } = createRequire(process.argv[2])('playwright-core');
const tone = process.argv[3]; // WAV that the page's microphone hears
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
    '--autoplay-policy=no-user-gesture-required', '--allow-loopback-in-peer-connection',
    `--use-file-for-fake-audio-capture=${tone}`,
  ],
});
const contexts = new Map(); // name → context: one is one browser profile
const pages = [];

async function context(name, dark) {
  if (!contexts.has(name)) {
    contexts.set(name, await browser.newContext({
      viewport: { width: 1280, height: 720 }, colorScheme: dark ? 'dark' : 'light', permissions: ['microphone'],
    }));
  }
  return contexts.get(name);
}

const commands = {
  async open({ profile, dark, url }) {
    const page = await (await context(profile, dark)).newPage();
    page.said = [];
    page.on('dialog', (dialog) => dialog.accept()); // "leave this page?" in mid-call
    page.on('console', (m) => page.said.push(`${m.type()}: ${m.text()}`));
    page.on('pageerror', (e) => page.said.push(`error: ${e.message}`));
    await page.goto(url);
    pages.push(page);
    return pages.length - 1;
  },
  fill: ({ page, at, text }) => pages[page].fill(at, text),
  click: ({ page, at, timeout }) => pages[page].click(at, { timeout }),
  select: ({ page, at, text }) => pages[page].selectOption(at, text),
  press: ({ page, text }) => pages[page].keyboard.press(text),
  evaluate: ({ page, code }) => pages[page].evaluate(code),
  // Playwright's own waitForFunction evaluates inside the page, which our policy forbids.
  async wait({ page, code, timeout }) {
    const end = Date.now() + timeout;
    while (!(await pages[page].evaluate(code).catch(() => false))) {
      if (Date.now() > end) throw new Error(`still not true after ${timeout} ms: ${code}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  },
  see: ({ page, at, timeout }) => pages[page].waitForSelector(at, { timeout }).then(() => null),
  text: ({ page, at }) => pages[page].innerText(at),
  reload: ({ page }) => pages[page].reload({ waitUntil: 'commit' }).then(() => null),
  shot: ({ page, path }) => pages[page].screenshot({ path }).then(() => null),
  said: async ({ page }) => pages[page].said,
  close: ({ page }) => pages[page].close(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: what, ...args } = JSON.parse(line);
  commands[what](args).then(
    (value) => console.log(JSON.stringify({ id, value: value ?? null })),
    (error) => console.log(JSON.stringify({ id, error: String(error.message ?? error) })),
  );
}
await browser.close();
