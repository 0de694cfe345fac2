/** Every answer is one model version's, and a version that is broken is never served: two serving replicas, a live trainer. */
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { postgresSnapshotStore } from '@freshet/shared/adapters/postgres/snapshot-store';
import { chainChecksum, decodeDelta, encodeDelta } from '@freshet/shared/codec/delta';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { type Asked, recompute } from '../support/recompute-answers.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const MODEL = ['--max-items', '4096'];
const SWAPS = 'freshet_model_swaps_total';

const acknowledged = new Set<string>();
let database: TestDatabase;
let pool: Pool;
/** The replica that is made to read broken versions. */
let victim: FreshetCommand;
let shown: Shop;
/** The other one: it has applied them while they were sound. */
let sound: Shop;
let producer: Shop;

beforeAll(async () => {
  database = await createDatabase();
  pool = createPool({ url: database.url, applicationName: 'model-versions-test', onError: () => undefined });
  const env = { DATABASE_URL: database.url };
  const [ingest, trainer, other, first] = await Promise.all([
    startFreshet({ command: 'ingest', env }),
    startFreshet({ command: 'trainer', env, args: [...MODEL, '--publish', 'all'] }),
    startFreshet({ command: 'serving', env, args: MODEL }),
    startFreshet({ command: 'serving', env, args: MODEL }),
  ]);
  await Promise.all([ingest, trainer, other, first].map((one) => one.ready()));
  victim = first;
  shown = openShop(first.url);
  sound = openShop(other.url);
  producer = openShop(ingest.url, acknowledged);
  await producer.describe(documents());
});
afterAll(async () => {
  await endAll();
  await pool.end();
  await database.drop();
});

test('under load and swaps every answer is what one version alone gives, and versions never go back', async () => {
  const start = await producer.send(visits('start', 0, 200));
  await until('all is learned', async () => (await shown.latest()).learned_until >= start);
  let sending = true;
  const load = (async () => {
    for (let n = 0; sending; n += 4) await producer.send(visits('swaps', n, 4));
  })();
  const readers = await Promise.all(Array.from({ length: 6 }, (_, reader) => read(reader, 60)));
  sending = false;
  await load;
  for (const answers of readers) {
    const versions = answers.map(({ answer }) => answer.model_version);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  }
  const asked = readers.flat();
  const { wrong, telling } = await recompute(pool, asked);
  const versions = new Set(asked.map(({ answer }) => answer.model_version)).size;
  console.info(`${asked.length} answers of ${versions} versions recomputed: ${wrong.length} differ; the version before would have differed for ${telling}`);
  expect(wrong).toEqual([]);
  // Otherwise the comparison could not have seen a mixture.
  expect(telling).toBeGreaterThan(asked.length / 2);
  await expectSoundLedger('answers under swaps', database.url, acknowledged);
});

test('a flipped byte is refused, answers go on, and a repaired row is served without a restart', async () => {
  const allowSnapshots = await forbidSnapshots();
  const bad = await fallBehind();
  await pool.query('update freshet.delta set bytes = set_byte(bytes, 200, get_byte(bytes, 200) # 1) where version = $1', [bad]);
  await expectRefused(bad, 'delta_checksum');
  await pool.query('update freshet.delta set bytes = set_byte(bytes, 200, get_byte(bytes, 200) # 1) where version = $1', [bad]);
  await expectRecovered(bad);
  expect(await snapshotsTaken()).toBe(0);
  await allowSnapshots();
});

test('a missing version is refused, answers go on, and it is served once it is back', async () => {
  const allowSnapshots = await forbidSnapshots();
  const bad = await fallBehind();
  await pool.query('create table freshet.aside as select * from freshet.delta where version = $1', [bad]);
  await pool.query('delete from freshet.delta where version = $1', [bad]);
  await expectRefused(bad, 'delta_gap');
  await pool.query('insert into freshet.delta select * from freshet.aside');
  await pool.query('drop table freshet.aside');
  await expectRecovered(bad);
  expect(await snapshotsTaken()).toBe(0);
  await allowSnapshots();
});

test('a NaN under sound checksums is refused, answers go on, and a snapshot of the other replica gets past it', async () => {
  const allowSnapshots = await forbidSnapshots();
  const bad = await fallBehind();
  await plantNaN(bad);
  await expectRefused(bad, 'delta_value');
  // Nobody repairs it, and for a snapshot it is too early: the victim asks for one.
  await allowSnapshots();
  const began = performance.now();
  await expectRecovered(bad);
  console.info(`recovered by a snapshot ${Math.round(performance.now() - began)} ms after the refusal`);
  expect(await snapshotsTaken()).toBe(1);
  await expectSoundLedger('quarantine', database.url, acknowledged);
});

/** Holds the right to cut snapshots, so that what is asked for doesn't come before the test has looked. */
async function forbidSnapshots(): Promise<() => Promise<void>> {
  const store = postgresSnapshotStore(pool);
  const right = await until('the right to cut', () => store.begin(0));
  return () => right.abandon();
}

/** How often the victim has passed a refused version by a snapshot. */
const snapshotsTaken = (): Promise<number> => shown.metric(SWAPS, { result: 'applied', reason: 'snapshot' });

/** Stops the victim's reading, lets the trainer and the sound replica go on; returns the first version it has surely not read. */
async function fallBehind(): Promise<number> {
  victim.pause();
  const head = (await sound.latest()).version;
  // The victim may have read what was there when it stopped, so the next one counts.
  const newest = Math.max(head, await newestVersion());
  let n = 0;
  await until('three more versions', async () => {
    await producer.send(visits(`behind-${newest}`, n, 4));
    n += 4;
    return (await sound.latest()).version >= newest + 3;
  });
  return newest + 1;
}

async function newestVersion(): Promise<number> {
  const found = await pool.query<{ version: number }>('select max(version) as version from freshet.delta');
  return found.rows[0]?.version ?? 0;
}

async function expectRefused(bad: number, reason: string): Promise<void> {
  victim.resume();
  await until('the version is refused', async () => (await shown.metric(SWAPS, { result: 'refused', reason })) > 0);
  await until('the old version is said to serve', async () => {
    const latest = await shown.latest();
    return latest.refused?.version === bad && latest.refused.reason === reason && latest.version === bad - 1;
  });
  const written = await producer.send([{ id: `while-${bad}`, type: 'view', user_id: `guest-${bad}`, item_id: 'lamps-9' }]);
  // The model stands still; histories and answers don't.
  const answer = await until('the own list reacts', async () => {
    const found = await shown.recommend(`guest-${bad}`, { limit: 10 });
    expect(found.model_version).toBe(bad - 1);
    expect(found.items).toHaveLength(10);
    return found.history_seq >= written && found.fallback === 'personal' && found;
  });
  expect(answer.learned_until).toBeLessThan(written);
  const ready = await shown.get('/readyz?verbose');
  expect(ready.status).toBe(200);
  expect(JSON.stringify(ready.body)).toContain(`version ${bad} was refused: ${reason}`);
}

async function expectRecovered(bad: number): Promise<void> {
  const head = (await sound.latest()).version;
  const latest = await until('it follows again', async () => {
    const found = await shown.latest();
    return found.version >= Math.max(bad, head) && found;
  });
  expect(latest.refused).toBeUndefined();
  const [a, b] = await until('both replicas answer from one version', async () => {
    const pair = await Promise.all([shown, sound].map((replica) => replica.recommend('shopper-1', { limit: 20 })));
    return pair[0]?.model_version === pair[1]?.model_version && pair;
  });
  a?.items.forEach(({ score }, i) => expect(b?.items[i]?.score).toBeCloseTo(score, 2));
}

/** Puts a NaN into an item's row and makes every checksum from there on right. */
async function plantNaN(bad: number): Promise<void> {
  const { rows } = await pool.query<{ version: number; bytes: Buffer; checksum: Buffer }>('select version, bytes, checksum from freshet.delta where version >= $1 order by version', [bad - 1]);
  let parent = rows[0]?.checksum ?? Buffer.alloc(32);
  for (const { version, bytes } of rows.slice(1)) {
    const changed = version === bad ? withNaN(bytes) : bytes;
    parent = chainChecksum(parent, changed);
    await pool.query('update freshet.delta set bytes = $2, checksum = $3 where version = $1', [version, changed, parent]);
  }
}

function withNaN(bytes: Buffer): Buffer {
  const delta = decodeDelta(Buffer.from(bytes));
  const items = delta.tables.find(({ table }) => table === 'item');
  if (items === undefined) throw new Error('the version changes no item');
  new Float32Array(items.values.buffer, items.values.byteOffset, items.values.length)[3] = Number.NaN;
  return encodeDelta(delta);
}

async function read(reader: number, count: number): Promise<Asked[]> {
  const answers: Asked[] = [];
  for (let n = 0; n < count; n++) {
    const user = `shopper-${(reader * 7 + n) % 40}`;
    const at = Date.now();
    const answer = await shown.recommend(user, { limit: 10 });
    if (answer.fallback === 'personal') answers.push({ user, at, answer });
  }
  return answers;
}
