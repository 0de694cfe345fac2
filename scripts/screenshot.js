/**
 * Pictures of the page for the documents, from the running product: docs/images/console.png, console-dark.png and why.png.
 *
 *   npm run screenshot
 *
 * 1. It starts Freshet with its demo shop on a database of its own, lets it learn for some minutes, clicks as a shopper
 *    would, and takes what Chromium shows. Nothing on the pictures is made up or touched up.
 * 2. A picture over MAX_BYTES is an error: readers load it with the page. So is a machine without a font for Chinese: the page names that language.
 *
 * The milliseconds on the pictures are this machine's: take them while it has nothing else to do. The fonts as well; the page asks for Inter first.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { build } from './build.js';
import { root } from './lib/files.js';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {{ items: { fields: { categories: string[], attributes: { collection: string } } }[] }} List */

const VIEWPORT = { width: 1400, height: 1216 };
const MAX_BYTES = 400 * 1024;
/** Windows of ten seconds that the curve should have. */
const POINTS = 18;
const folder = join(root, 'docs/images');

if (spawnSync('fc-list', [':lang=zh'], { encoding: 'utf8' }).stdout?.trim() === '') throw new Error('There is no font with Chinese characters: apt-get install fonts-noto-cjk');

await build({ quiet: true });
const data = mkdtempSync(join(tmpdir(), 'freshet-screenshot-'));
const freshet = spawn(process.execPath, [join(root, 'packages/freshet/bin/freshet.js'), 'start', '--port', '0', '--data-dir', join(data, 'data')], { stdio: ['ignore', 'pipe', 'inherit'] });
const ended = new Promise((resolve) => freshet.once('exit', resolve));
try {
  const url = await whenReady(freshet);
  say(`Freshet runs at ${url}; learning for about ${POINTS * 10} s`);
  await whenLearned(url);
  mkdirSync(folder, { recursive: true });
  const browser = await chromium.launch({ executablePath: findChromium(), args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  const shopper = await mostColourful(url);
  await take(browser, { url, shopper, scheme: 'light', file: 'console.png' });
  await take(browser, { url, shopper, scheme: 'dark', file: 'console-dark.png' });
  await browser.close();
} finally {
  freshet.kill('SIGTERM');
  await ended;
  rmSync(data, { recursive: true, force: true });
}

/**
 * The shopper whose first eight items are of the most ranges and categories: a picture should show what there is.
 * @param {string} url
 * @returns {Promise<string>}
 */
async function mostColourful(url) {
  let best = { id: '', kinds: 0 };
  const { shoppers } = /** @type {{ shoppers: { id: string }[] }} */ (await readJson(`${url}/demo/shoppers`));
  for (const { id } of shoppers) {
    const list = /** @type {List} */ (await readJson(`${url}/v1/users/${id}/recommendations?limit=8&fields=categories,attributes`));
    const past = /** @type {{ events: unknown[] }} */ (await readJson(`${url}/v1/users/${id}/history?limit=6`));
    const kinds = new Set(list.items.flatMap(({ fields }) => [fields.categories[1], fields.attributes.collection])).size;
    if (kinds > best.kinds && past.events.length > 4) best = { id, kinds };
  }
  return best.id;
}

/**
 * @param {string} url
 * @returns {Promise<unknown>}
 */
async function readJson(url) {
  return (await fetch(url)).json();
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {{ url: string, shopper: string, scheme: 'light' | 'dark', file: string }} picture
 */
async function take(browser, { url, shopper, scheme, file }) {
  const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: scheme, locale: 'en-GB' });
  await page.goto(url);
  await page.locator('#shelf > .card:not(.placeholder)').first().waitFor();
  await page.locator('#shopper').selectOption(shopper);
  await page.locator('#events li').nth(4).waitFor();
  // Long enough for every reading: the stage `accept` comes last.
  await page.locator('#lag [data-stage="accept"]').waitFor({ timeout: 60_000 });
  for (const [place, deed] of /** @type {const} */ ([[6, 'view'], [5, 'cart']])) await click(page, place, deed);
  await page.mouse.move(5, 600);
  await page.evaluate('scrollTo(0, 0)');
  await page.evaluate('document.activeElement.blur()');
  // Until nothing moves any more.
  await whenTrue(page, 'document.getAnimations().every((one) => one.playState !== "running" || one.effect.getComputedTiming().iterations === Infinity)');
  const path = join(folder, file);
  await page.screenshot({ path });
  if (scheme === 'light') await takeWhy(page);
  await page.close();
  const { size } = statSync(path);
  if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes, over ${MAX_BYTES}`);
  say(`${path}: ${Math.round(size / 1024)} KB`);
}

/**
 * The picture of one recommendation's contributions.
 * @param {Page} page
 */
async function takeWhy(page) {
  await page.locator('#shelf .because').nth(1).click();
  await page.locator('#why .parts').waitFor();
  await whenTrue(page, 'document.querySelector("#why").getAnimations().length === 0');
  await page.locator('#why').screenshot({ path: join(folder, 'why.png') });
}

/**
 * @param {Page} page
 * @param {number} place from 0
 * @param {string} deed
 */
async function click(page, place, deed) {
  const before = await page.locator('#click-result .clicked').textContent({ timeout: 100 }).catch(() => null);
  await page.locator(`#shelf > .card:not(.ghost) button[data-deed="${deed}"]`).nth(place).click();
  await whenTrue(page, `document.querySelector('#click-result .clicked')?.textContent !== ${JSON.stringify(before)} && [...document.querySelectorAll('#click-result .figures b')].every((b) => /\\d/.test(b.textContent))`);
  await sleep(700);
}

/**
 * Asked from outside: the page's policy forbids what waits inside it.
 * @param {Page} page
 * @param {string} condition
 */
async function whenTrue(page, condition) {
  while ((await page.evaluate(condition)) !== true) await sleep(50);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<string>} where it listens, once it is ready
 */
function whenReady(child) {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      said += text;
      const [, url] = /listens on (http:\S+)/.exec(said) ?? [];
      if (url !== undefined && /^ready;/m.test(said)) resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`Freshet ended with ${code}:\n${said}`)));
  });
}

/** @param {string} url */
async function whenLearned(url) {
  for (;;) {
    const { windows } = /** @type {{ windows: unknown[] }} */ (await readJson(`${url}/v1/models/quality?limit=${POINTS}`));
    if (windows.length >= POINTS) return;
    await sleep(1_000);
  }
}

function findChromium() {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.flatMap((place) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(place, name))).find((path) => existsSync(path));
  if (found === undefined) throw new Error('There is no Chromium on the PATH: apt-get install chromium');
  return found;
}

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`);
}
