/**
 * How many events a second ingest takes from the queue `events`, durably: `node scripts/bench-queue.js redis|postgres [events in a
 * job] [jobs]`. An embedded Postgres on disk with its usual settings; the queue is filled first, then `freshet ingest` starts in a
 * process of its own and empties it; Redis (its append-only file flushed each second) where it is asked for. Timed from a tenth of
 * the events to all of them, as ingest counts them. Not measured: a producer or a trainer beside it, a network, full id tables.
 */
import { createPostgresBackend, Queue } from 'bullmq';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate } from '@freshet/shared/adapters/postgres/migrate';
import { startEmbeddedPostgres } from 'freshet/embedded/postgres';

const [place = 'postgres', batchText = '500', jobsText = '400'] = process.argv.slice(2);
const [batch, jobs] = [Number(batchText), Number(jobsText)];
const REDIS_PORT = 7_391;
const AT_ONCE = Math.max(1, Math.ceil(5_000 / batch));

const dir = await mkdtemp(join(tmpdir(), 'freshet-bench-queue-'));
const postgres = await startEmbeddedPostgres({ dataDir: dir, log: () => undefined });
await migrate(postgres.url);
const redis = place === 'redis' ? spawn('redis-server', ['--port', String(REDIS_PORT), '--dir', dir, '--save', '', '--appendonly', 'yes'], { stdio: 'ignore' }) : undefined;
const env = { ...process.env, DATABASE_URL: postgres.url, FRESHET_LOG_LEVEL: 'error', ...(redis === undefined ? {} : { QUEUE_URL: `redis://127.0.0.1:${REDIS_PORT}` }) };
await sleep(redis === undefined ? 0 : 1_000);
const queue =
  redis === undefined
    ? new Queue('events', { connection: { connectionString: postgres.url, max: 4 } }, createPostgresBackend)
    : new Queue('events', { connection: { port: REDIS_PORT }, prefix: 'freshet' });

let made = 0;
const job = () => ({
  name: 'bench',
  data: Array.from({ length: batch }, () => ({ id: `event-${made++}`, type: 'view', user_id: `shopper-${made % 50_000}`, item_id: `item-${(made * 7_919) % 20_000}`, timestamp: Date.now() })),
});
for (let left = jobs; left > 0; left -= AT_ONCE) await queue.addBulk(Array.from({ length: Math.min(left, AT_ONCE) }, job));

const ingest = spawn(process.execPath, [createRequire(import.meta.url).resolve('freshet/main'), 'ingest', '--port', '0'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
/** @type {string} */
const url = await new Promise((resolve) => {
  let said = '';
  ingest.stdout.on('data', (text) => {
    said += text;
    const found = /listens on (\S+)/.exec(said);
    if (found?.[1] !== undefined) resolve(found[1]);
  });
});

/** @returns {Promise<number>} */
async function accepted() {
  const scrape = await (await fetch(`${url}/metrics`)).text();
  return [...scrape.matchAll(/^freshet_ingest_events_total\{[^}]*result="accepted"[^}]*\} (\S+)$/gm)].reduce((sum, [, value]) => sum + Number(value), 0);
}

/** @param {number} events */
async function reached(events) {
  for (;;) {
    const count = await accepted();
    if (count >= events) return { count, at: performance.now() };
    await sleep(200);
  }
}

const before = await reached(0.1 * jobs * batch);
const after = await reached(jobs * batch);
const perSecond = ((after.count - before.count) / (after.at - before.at)) * 1_000;
process.stdout.write(`${JSON.stringify({ bench: 'queue', place, batch, jobs, events_per_second: Math.round(perSecond), jobs_per_second: Math.round(perSecond / batch) })}\n`);

await queue.close();
const ended = new Promise((resolve) => ingest.once('exit', resolve));
ingest.kill();
await ended;
redis?.kill();
await postgres.stop();
await rm(dir, { recursive: true, force: true });
