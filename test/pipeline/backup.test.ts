/**
 * The drill: a backup taken under traffic, the shop lost, the backup restored elsewhere. Real processes; the embedded database and a
 * server of the user's.
 */
import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BackupResult } from 'freshet/backup/backup';
import type { CheckResult, RestoreResult } from 'freshet/backup/restore';
import { connectClient } from '@freshet/shared/adapters/postgres/pool';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idsOf, type ListAnswer, openShop, type Shop, type ShopEvent } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { expectEffectOnce } from '../support/model-effect.js';
import { createDatabase } from '../support/postgres.js';
import { beginCommand, runCommand, runForJson } from '../support/run-command.js';
import { embeddedUrl, expectSoundLedger } from '../support/settled-ledger.js';
import { documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

/** A Freshet's place: what its commands are told, and where its database is while it runs. */
interface Site {
  readonly args: readonly string[];
  url(): Promise<string>;
  close(): Promise<void>;
}

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

function embeddedSite(name: string): Promise<Site> {
  return Promise.resolve({ args: ['--data-dir', file(name)], url: () => embeddedUrl(file(name)), close: () => Promise.resolve() });
}

async function serverSite(): Promise<Site> {
  const database = await createDatabase({ migrated: false });
  return { args: ['--database-url', database.url], url: () => Promise.resolve(database.url), close: () => database.drop() };
}

async function start({ args }: Site): Promise<{ readonly freshet: FreshetCommand; readonly shop: Shop }> {
  const freshet = await startFreshet({ command: 'start', args: [...args, '--demo', 'off'] });
  await freshet.ready();
  return { freshet, shop: openShop(freshet.url) };
}

async function one<T>(site: Site, query: string, values: readonly unknown[] = []): Promise<T> {
  const client = await connectClient({ url: await site.url(), applicationName: 'backup-test', onError: () => undefined });
  try {
    const row = (await client.query<Record<string, T>>(query, [...values])).rows[0];
    return Object.values(row ?? {})[0] as T;
  } finally {
    await client.end();
  }
}

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
  { where: 'the embedded database', open: embeddedSite },
  { where: 'a server of the user’s', open: serverSite },
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
    const { freshet, shop } = await start(source);
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
    checksum = await one<Buffer>(source, 'select checksum from freshet.delta where version = $1', [taken.model_version]).then((bytes) => bytes.toString('hex'));
    sourceEpoch = await one<number>(source, 'select epoch from freshet.trainer_state');
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
    const { freshet, shop } = await start(target);
    const inside = sent.filter(({ sequence }) => sequence <= taken.sequence);
    const outside = sent.filter(({ sequence }) => sequence > taken.sequence);
    expect(outside.length).toBeGreaterThan(0);
    const kept = idsIn(inside);
    expect([...before].filter((id) => !kept.has(id))).toEqual([]);
    const ledger = await expectSoundLedger(`restored, ${where}`, await target.url(), kept);
    expect(ledger.events).toBe(kept.size);
    await expectEffectOnce(await target.url());
    expect(await one<Buffer>(target, 'select checksum from freshet.delta where version = $1', [taken.model_version]).then((bytes) => bytes.toString('hex'))).toBe(checksum);

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
    expect(await one<number>(target, 'select epoch from freshet.trainer_state')).toBeGreaterThan(sourceEpoch + 100);
    expect((await freshet.stop()).code).toBe(0);
  });

  test('over a used database it is restored only when told to, and then every shopper’s list is what it was', async () => {
    const refused = await runCommand(['restore', quiet(), ...target.args]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') as string });
    await runForJson<RestoreResult>(['restore', quiet(), '--force', ...target.args]);
    const { freshet, shop } = await start(target);
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

describe('a restore', () => {
  test('of a damaged file touches nothing', async () => {
    await copyFile(file('embedded-quiet.backup'), file('flipped.backup'));
    const bytes = await readFile(file('flipped.backup'));
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 4;
    await writeFile(file('flipped.backup'), bytes);
    const refused = await runCommand(['restore', file('flipped.backup'), '--data-dir', file('untouched')]);
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/is damaged: the rows of \w+\.\w+ are not what was written/) as string });
    expect((await runCommand(['restore', '--check', file('flipped.backup')])).code).toBe(1);
    expect(await readdir(directory)).not.toContain('untouched');
  });

  test('that is killed is recognised by the next start, and run again it is whole', async () => {
    const site = await embeddedSite('killed');
    const { child, finished } = beginCommand(['restore', file('embedded-quiet.backup'), ...site.args]);
    const begun = async (): Promise<boolean> => {
      try {
        return (await one<string | null>(site, `select to_regclass('freshet.restore_unfinished')`)) !== null;
      } catch {
        return false; // Its server isn't up yet.
      }
    };
    await until('it has begun to write', begun);
    child.kill('SIGKILL');
    await finished;
    const refused = await runCommand(['start', '--port', '0', ...site.args]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('run freshet restore again') as string });
    const restored = await runForJson<RestoreResult>(['restore', file('embedded-quiet.backup'), ...site.args]);
    const { freshet } = await start(site);
    const inUse = await runCommand(['restore', file('embedded-quiet.backup'), '--force', ...site.args]);
    expect(inUse).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by process') as string });
    expect(await one<number>(site, 'select last from freshet.log_counter')).toBeGreaterThanOrEqual(restored.sequence);
    await freshet.stop();
  });
});

describe('a backup', () => {
  test('needs no Freshet that runs', async () => {
    const taken = await runForJson<BackupResult>(['backup', file('stopped.backup'), '--data-dir', file('target')]);
    expect(await runForJson<CheckResult>(['restore', '--check', file('stopped.backup')])).toMatchObject({ sha256: taken.sha256, sequence: taken.sequence });
  });

  test('never makes a database, and never replaces a file unasked', async () => {
    const nothing = await runCommand(['backup', file('none.backup'), '--data-dir', file('nowhere')]);
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no database') as string });
    const there = await runCommand(['backup', file('stopped.backup'), '--data-dir', file('target')]);
    expect(there).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') as string });
    expect((await readdir(directory)).filter((name) => name === 'nowhere' || name.startsWith('none') || name.endsWith('.partial'))).toEqual([]);
  });

  test('that finds the disk full says so and leaves nothing', async (context) => {
    const small = file('small');
    await mkdir(small);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small]).status !== 0) {
      console.warn('SKIPPED: no tmpfs can be mounted here (that takes root): a backup onto a full disk is not tried');
      return context.skip('no tmpfs can be mounted here');
    }
    try {
      const full = await runCommand(['backup', path.join(small, 'x.backup'), '--data-dir', file('target')]);
      expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining('the disk is full') as string });
      expect(await readdir(small)).toEqual([]);
    } finally {
      spawnSync('umount', [small]);
    }
  });
});
