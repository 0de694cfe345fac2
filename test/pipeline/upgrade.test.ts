/**
 * From release to release: this one starts on what each released version left behind, knows what that knew and goes on; and it
 * refuses what a newer one has written. Real processes, real data directories.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeDelta } from '@freshet/shared/codec/delta';
import { connectClient } from '@freshet/shared/adapters/postgres/pool';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idsOf, openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { expectEffectOnce } from '../support/model-effect.js';
import { createDatabase } from '../support/postgres.js';
import { type ReleaseFixture, releaseFixtures, unpackDataDir } from '../support/release-fixtures.js';
import { runCommand } from '../support/run-command.js';
import { embeddedUrl, expectSoundLedger } from '../support/settled-ledger.js';
import { until } from '../support/until.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'freshet-upgrade-'));
  await chmod(directory, 0o755);
});
afterAll(async () => {
  await endAll();
  await rm(directory, { recursive: true, force: true });
});

/** A fixture grows old: nothing of it may go because of its age. */
const KEEP = ['--log-retention-days', '3650', '--shopper-days', '36500', '--session-days', '36500'];

async function start(dataDir: string, flags: readonly string[]): Promise<{ readonly freshet: FreshetCommand; readonly shop: Shop }> {
  const freshet = await startFreshet({ command: 'start', args: ['--data-dir', dataDir, '--demo', 'off', ...KEEP, ...flags] });
  await freshet.ready();
  return { freshet, shop: openShop(freshet.url) };
}

async function query<T>(url: string, text: string, values: readonly unknown[] = []): Promise<T> {
  const client: Client = await connectClient({ url, applicationName: 'upgrade-test', onError: () => undefined });
  try {
    const row = (await client.query<Record<string, T>>(text, [...values])).rows[0];
    return Object.values(row ?? {})[0] as T;
  } finally {
    await client.end();
  }
}

const FIXTURES = releaseFixtures();
const FORMS: readonly { readonly name: string; readonly fixture: ReleaseFixture; readonly place: (target: string) => Promise<void> }[] = FIXTURES.flatMap((fixture) => {
  const { facts, backup, dataDir } = fixture;
  const restore = async (target: string): Promise<void> => {
    const { code, stderr } = await runCommand(['restore', backup, '--data-dir', target, '--quiet']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  };
  const forms = [{ name: `a backup of ${facts.release}`, fixture, place: restore }];
  return dataDir === undefined ? forms : [{ name: `the data directory of ${facts.release}`, fixture, place: (target: string) => unpackDataDir(dataDir, target) }, ...forms];
});

test('every release before this one has left something', () => {
  expect(FIXTURES.map(({ facts }) => facts.release)).toContain('0.1.0');
});

describe.each(FORMS)('on $name', ({ name, fixture, place }) => {
  const { facts } = fixture;
  const dataDir = (): string => path.join(directory, name.replaceAll(' ', '-'));
  let freshet: FreshetCommand;
  let shop: Shop;

  test('this release starts, and has the model as it was', async () => {
    await place(dataDir());
    ({ freshet, shop } = await start(dataDir(), facts.flags));
    const url = await embeddedUrl(dataDir());
    expect(await query<Buffer>(url, 'select checksum from freshet.delta where version = $1', [facts.version]).then((bytes) => bytes.toString('hex'))).toBe(facts.checksum);
    expect((await shop.latest()).version).toBeGreaterThanOrEqual(facts.version);
    await expectSoundLedger(`upgraded, ${name}`, url, new Set(facts.events.map((event) => event.id)));
    await expectEffectOnce(url);
  });

  test('the shopper it knew has her own list, and what she has seen can be left out of it', async () => {
    const list = await shop.recommend(facts.shopper, { limit: 20 });
    expect(list.fallback).toBe(facts.list.fallback);
    // Time has passed and ranking may have changed; a model that was lost would have nothing in common.
    expect(idsOf(list).filter((id) => facts.list.items.includes(id)).length).toBeGreaterThanOrEqual(10);
    const seen = new Set(facts.events.map((event) => event.item_id));
    expect(idsOf(await shop.recommend(facts.shopper, { limit: 100, exclude_seen: true })).filter((id) => seen.has(id))).toEqual([]);
  });

  test('events that it was sent are recognised, another body under their id is a conflict', async () => {
    const again = await shop.post('/v1/events', facts.events);
    expect(again.body).toMatchObject({ accepted: 0, duplicates: facts.events.length, rejected: 0 });
    const other = await shop.post('/v1/events', [{ ...facts.events[0], item_id: 'fixture-8' }]);
    expect(other.body).toMatchObject({ accepted: 0, items: [{ status: 'conflict' }] });
  });

  test('learning goes on from the version it had', async () => {
    const events = ['fixture-5', 'fixture-6', 'fixture-5'].map((item, n) => ({ id: `after-${n}`, type: 'view', user_id: facts.shopper, item_id: item }));
    const sequence = await shop.send(events);
    expect(sequence).toBeGreaterThan(facts.sequence);
    const trace = await until('the event is served', async () => {
      const found = await shop.trace('after-2');
      return found?.state === 'served' && found;
    });
    expect(trace.trained?.version).toBeGreaterThan(facts.version);
    const url = await embeddedUrl(dataDir());
    await expectSoundLedger(`learned on, ${name}`, url, new Set([...facts.events, ...events].map((event) => event.id)));
    await expectEffectOnce(url);
    expect((await freshet.stop()).code).toBe(0);
  });

  test('and the next start finds nothing left to do', async () => {
    ({ freshet, shop } = await start(dataDir(), facts.flags));
    expect(freshet.stdout() + freshet.stderr()).not.toContain('migrated the database');
    expect((await shop.recommend(facts.shopper, { limit: 5 })).fallback).toBe('personal');
    expect((await freshet.stop()).code).toBe(0);
  });
});

describe('what a newer release has written', () => {
  const serve = (url: string) => runCommand(['start', '--port', '0', '--demo', 'off', '--log-level', 'error', '--max-items', '1024', '--database-url', url]);

  test('a database is refused with that release’s name', async () => {
    const database = await createDatabase();
    await query(database.url, `insert into freshet.release (name, migrated_at) values ('9.3.0', now() + interval '1 hour')`);
    await query(database.url, `insert into freshet.migration (name, run_on) values ('0999_future', now())`);
    const refused = await serve(database.url);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('a newer Freshet (9.3.0, step 0999_future): start that version, or restore a backup') as string });
    expect(await runCommand(['backup', path.join(directory, 'newer.backup'), '--database-url', database.url])).toMatchObject({ code: 2, stderr: expect.stringContaining('9.3.0') as string });
    await database.drop();
  });

  test('a model in a newer format ends the start with a sentence, instead of trying for ever', async () => {
    const database = await createDatabase();
    const bytes = encodeDelta({
      header: { flags: 0, version: 1, fromSeq: 1, toSeq: 1, learnedMs: 0, epoch: 1, dim: 64, configHash: 1, trainingHash: 1 }, vocabulary: [], tables: [],
    });
    bytes.write('3', 3, 1, 'latin1');
    await query(database.url, `insert into freshet.delta select 1, 1, 1, 1, 1, $1, sha256(decode(repeat('00', 32), 'hex') || $1), 1, 1, 1, 1`, [bytes]);
    await query(database.url, `update freshet.trainer_state set version = 1, applied = 1, checksum = (select checksum from freshet.delta)`);
    const refused = await serve(database.url);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('a version of the model has format 3 and this release reads 2: it was written by a newer Freshet');
    await database.drop();
  });
});
