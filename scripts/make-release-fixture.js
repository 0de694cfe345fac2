/**
 * Keeps what a release leaves behind, for the tests of later releases: run it at each release, and commit what it writes.
 *
 *   node scripts/make-release-fixture.js [--checkout DIR] [--seconds 45]
 *
 * In: a built checkout of the release (default: this one). It runs the demo shop there, with a few known items and events among
 * its own, and stops it. Out, in test/fixtures/releases/RELEASE/: the embedded database's data directory as it was left
 * (`data-dir.PLATFORM.tar.br`, without empty log segments), the same as this checkout's backup (`shop.backup`), and what is known of
 * both (`facts.json`), which test/pipeline/upgrade.test.ts holds every later release to.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { settle } from './lib/fixture-database.js';
import { packDataDir } from './lib/fixture-pack.js';
import { root } from './lib/files.js';

/** A small model: its rows are most of a fixture's bytes. */
const FLAGS = ['--dim', '16', '--negatives', '16', '--max-items', '4096'];
const SHOPPER = 'fixture-ada';
const ITEMS = Array.from({ length: 8 }, (_, n) => ({
  id: `fixture-${n + 1}`, title: `Fixture no. ${n + 1}`, categories: ['fixtures'], price: 10 + n, available: true,
}));

const { values } = parseArgs({ options: { checkout: { type: 'string', default: root }, seconds: { type: 'string', default: '45' } } });
const checkout = resolve(values.checkout);
const { version: release } = /** @type {{ version: string }} */ (JSON.parse(readFileSync(join(checkout, 'packages/freshet/package.json'), 'utf8')));
const target = join(root, 'test/fixtures/releases', release);
const workplace = mkdtempSync(join(tmpdir(), 'freshet-fixture-'));
// As root the embedded server runs as another user, who has to enter it.
chmodSync(workplace, 0o755);
const dataDir = join(workplace, 'data');

try {
  const known = await runShop(Number(values.seconds));
  const left = await settle(checkout, dataDir);
  mkdirSync(target, { recursive: true });
  const packed = join(target, `data-dir.${process.platform}-${process.arch}.tar.br`);
  await packDataDir(dataDir, packed);
  await run(root, ['backup', join(target, 'shop.backup'), '--force', '--quiet', '--data-dir', dataDir]);
  writeFileSync(join(target, 'facts.json'), `${JSON.stringify({ release, made_at: new Date().toISOString(), flags: FLAGS, ...known, ...left }, null, 2)}\n`);
  for (const name of readdirSync(target)) process.stdout.write(`${join(target, name)}: ${statSync(join(target, name)).size} bytes\n`);
} finally {
  rmSync(workplace, { recursive: true, force: true });
}

/** @param {number} seconds */
async function runShop(seconds) {
  const child = start(checkout, ['start', '--port', '0', '--data-dir', dataDir, '--demo', 'on', ...FLAGS]);
  const url = await said(child, /listens on (http:\S+)/);
  await said(child, /^ready;/m);
  const events = knownEvents(Date.now());
  await post(`${url}/v1/items:batch`, ITEMS);
  await delay((seconds * 1_000) / 2);
  const { sequence } = await post(`${url}/v1/events`, events);
  await delay((seconds * 1_000) / 2);
  const answer = await fetch(`${url}/v1/users/${SHOPPER}/recommendations?limit=20&after_sequence=${sequence}`);
  const list = /** @type {{ items: { id: string }[], fallback: string }} */ (await answer.json());
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = /** @type {[number | null]} */ (await exited);
  if (code !== 0) throw new Error(`Freshet ${release} ended with ${code}`);
  return { shopper: SHOPPER, items: ITEMS, events, list: { fallback: list.fallback, items: list.items.map((item) => item.id) } };
}

/**
 * Four items of eight, one of them bought.
 * @param {number} now
 */
function knownEvents(now) {
  return ITEMS.slice(0, 4).map((item, n) => ({
    id: `fixture-event-${n + 1}`, type: n === 3 ? 'purchase' : 'view', user_id: SHOPPER, item_id: item.id, timestamp: now - (4 - n) * 60_000,
  }));
}

/**
 * @param {string} url
 * @param {unknown} body
 * @returns {Promise<{ sequence: number }>}
 */
async function post(url, body) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const result = /** @type {{ sequence: number, rejected: number }} */ (await response.json());
  if (response.status !== 202 || result.rejected > 0) throw new Error(`${url} answered ${response.status}: ${JSON.stringify(result)}`);
  return result;
}

/**
 * @param {string} from a checkout
 * @param {string[]} args
 */
function start(from, args) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(FRESHET_|DATABASE_URL|QUEUE_URL|PG)/.test(name)));
  return spawn(process.execPath, [join(from, 'packages/freshet/dist/main.js'), ...args], { cwd: workplace, env, stdio: ['ignore', 'pipe', 'inherit'] });
}

/**
 * @param {string} from
 * @param {string[]} args
 */
async function run(from, args) {
  const child = start(from, args);
  child.stdout.pipe(process.stdout);
  const [code] = /** @type {[number | null]} */ (await once(child, 'exit'));
  if (code !== 0) throw new Error(`freshet ${args.join(' ')} ended with ${code}`);
}

/**
 * Resolves with the pattern's group (or all of it) once it was printed.
 * @param {ReturnType<typeof start>} child
 * @param {RegExp} pattern
 * @returns {Promise<string>}
 */
function said(child, pattern) {
  return new Promise((found, failed) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
      text += chunk;
      const match = pattern.exec(text);
      if (match) found(match[1] ?? match[0]);
    });
    child.once('exit', () => failed(new Error(`Freshet ${release} ended before it said ${pattern}:\n${text}`)));
  });
}
