/**
 * The drill: a backup taken under traffic, the shop lost, the backup restored elsewhere. Real processes; the embedded database and a
 * server of the user's.
 */
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BackupResult } from 'freshet/backup/backup';
import type { CheckResult, RestoreResult } from 'freshet/backup/restore';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idsOf, type ListAnswer, type Shop, type ShopEvent } from '../support/api-client.js';
import { endAll } from '../support/freshet-command.js';
import { embeddedSite, firstOf, serverSite, type Site, startOn } from '../support/freshet-site.js';
import { expectEffectOnce } from '../support/model-effect.js';
import { runCommand, runForJson } from '../support/run-command.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

let directory: string;
const file = (name: string): string => path.join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'freshet-backup-'));
  // As root the embedded server runs as another user, who has to enter it.
  await chmod(directory, 0o755);
});
afterAll(async () => {
  await endAll();
  await rm(directory, { recursive: true, force: true });
});

/** Hours old, so that no age changes its bucket while a test runs. */
const WHEN = Date.now() - 3 * 3_600_000;
const BATCH = 20;

interface Sent {
  readonly events: readonly ShopEvent[];
  /** The entry that has them all. */
  readonly sequence: number;
}

/** Three connections that send until told to stop; each remembers what was acknowledged. */
function traffic(shop: Shop, run: string) {
  const sent: Sent[] = [];
  let next = 0;
  let stopping = false;
  const connection = async (): Promise<void> => {
    while (!stopping) {
      const events = visits(run, next, BATCH).map((event) => ({ ...event, timestamp: WHEN }));
      next += BATCH;
      sent.push({ events, sequence: await shop.send(events) });
    }
  };
  const done = Promise.all(Array.from({ length: 3 }, connection));
  const stop = async (): Promise<void> => {
    stopping = true;
    await done;
  };
  return { sent, stop };
}

const idsIn = (sent: readonly Sent[]): Set<string> => new Set(sent.flatMap(({ events }) => events.map((event) => event.id)));
const SHOPPERS = Array.from({ length: 10 }, (_, n) => `shopper-${n}`);

async function listsOf(shop: Shop): Promise<readonly ListAnswer[]> {
  return Promise.all(SHOPPERS.map((user) => shop.recommend(user, { limit: 10 })));
}

describe.each([
  { where: 'the embedded database', open: (name: string) => Promise.resolve(embeddedSite(file(name))) },
  { where: 'a server of the user’s', open: () => serverSite() },
])('with $where', ({ where, open }) => {
  const live = file.bind(undefined, `${where === 'the embedded database' ? 'embedded' : 'server'}-live.backup`);
  const quiet = file.bind(undefined, `${where === 'the embedded database' ? 'embedded' : 'server'}-quiet.backup`);
  let source: Site;
  let target: Site;
  let sent: readonly Sent[];
  let before: Set<string>;
  let taken: BackupResult;
  let checksum: string;
  let lists: readonly ListAnswer[];
  let sourceEpoch: number;
  beforeAll(async () => {
    source = await open('source');
    target = await open('target');
  });
  afterAll(async () => {
    await endAll();
    await source.close();
    await target.close();
  });

  test('a backup is taken while the shop is open', async () => {
    const { freshet, shop } = await startOn(source);
    await shop.describe(documents());
    const load = traffic(shop, 'drill');
    await until('the load runs', () => load.sent.length >= 20);
    before = idsIn(load.sent);
    taken = await runForJson<BackupResult>(['backup', live(), ...source.args]);
    const sentThen = load.sent.length;
    await until('more traffic', () => load.sent.length >= sentThen + 20);
    await load.stop();
    sent = load.sent;
    expect(taken.sequence).toBeGreaterThan(0);
    expect((await stat(live())).size).toBe(taken.bytes);
    console.info(`backup of ${where} under load: ${taken.rows} rows, ${taken.raw_bytes} → ${taken.bytes} bytes in ${taken.seconds} s`);

    const head = Math.max(...sent.map(({ sequence }) => sequence));
    await until('all is learned', async () => (await shop.latest()).learned_until >= head);
    checksum = await firstOf<Buffer>(source, 'select checksum from freshet.delta where version = $1', [taken.model_version]).then((bytes) => bytes.toString('hex'));
    sourceEpoch = await firstOf<number>(source, 'select epoch from freshet.trainer_state');
    lists = await listsOf(shop);
    await runForJson<BackupResult>(['backup', quiet(), ...source.args]);
    await freshet.killTree();
  });

  test('it names the model’s version by the checksum that the shop had for it', async () => {
    const check = await runForJson<CheckResult>(['restore', '--check', live()]);
    expect(check).toMatchObject({ sequence: taken.sequence, model_version: taken.model_version, model_checksum: checksum, sha256: taken.sha256 });
  });

  test('restored elsewhere it has everything acknowledged before it, learned once, and goes on from there', async () => {
    const restored = await runForJson<RestoreResult>(['restore', live(), ...target.args]);
    expect(restored).toMatchObject({ rows: taken.rows, migrated: [], skipped: [] });
    const { freshet, shop } = await startOn(target);
    const inside = sent.filter(({ sequence }) => sequence <= taken.sequence);
    const outside = sent.filter(({ sequence }) => sequence > taken.sequence);
    expect(outside.length).toBeGreaterThan(0);
    const kept = idsIn(inside);
    expect([...before].filter((id) => !kept.has(id))).toEqual([]);
    const ledger = await expectSoundLedger(`restored, ${where}`, await target.url(), kept);
    expect(ledger.events).toBe(kept.size);
    await expectEffectOnce(await target.url());
    expect(await firstOf<Buffer>(target, 'select checksum from freshet.delta where version = $1', [taken.model_version]).then((bytes) => bytes.toString('hex'))).toBe(checksum);

    // A shop that doesn't know what was lost sends everything again.
    const counts = { accepted: 0, duplicates: 0, rejected: 0 };
    for (const { events } of sent) {
      const { status, body } = await shop.post('/v1/events', events);
      expect(status).toBe(202);
      for (const name of ['accepted', 'duplicates', 'rejected'] as const) counts[name] += Number(body[name]);
    }
    expect(counts).toEqual({ accepted: idsIn(outside).size, duplicates: kept.size, rejected: 0 });
    const all = await expectSoundLedger(`sent again, ${where}`, await target.url(), idsIn(sent));
    expect(all.events).toBe(idsIn(sent).size);
    await expectEffectOnce(await target.url());
    expect((await shop.latest()).version).toBeGreaterThan(taken.model_version);
    expect(await firstOf<number>(target, 'select epoch from freshet.trainer_state')).toBeGreaterThan(sourceEpoch + 100);
    expect((await freshet.stop()).code).toBe(0);
  });

  test('over a used database it is restored only when told to, and then every shopper’s list is what it was', async () => {
    const refused = await runCommand(['restore', quiet(), ...target.args]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') as string });
    await runForJson<RestoreResult>(['restore', quiet(), '--force', ...target.args]);
    const { freshet, shop } = await startOn(target);
    const again = await listsOf(shop);
    expect(again.map(({ fallback }) => fallback)).toEqual(lists.map(({ fallback }) => fallback));
    expect(again.map(idsOf)).toEqual(lists.map(idsOf));
    const scores = (all: readonly ListAnswer[]): readonly number[] => all.flatMap(({ items }) => items.map(({ score }) => score));
    const differences = scores(again).map((score, place) => Math.abs(score - (scores(lists)[place] ?? Number.NaN)));
    expect(Math.max(...differences)).toBeLessThan(1e-3);
    await expectSoundLedger(`restored over another, ${where}`, await target.url(), idsIn(sent));
    expect((await freshet.stop()).code).toBe(0);
  });
});
