/**
 * The contract of erasure, on both adapters: what must not be kept is nowhere afterwards, also where a checkpoint's owner works beside it, and
 * nothing else has changed. On Postgres every table is looked through, and the two statements meet at each place where they can.
 */
import { memoryCheckpoint } from '@freshet/shared/adapters/memory/checkpoint';
import { memoryEntryLog } from '@freshet/shared/adapters/memory/entry-log';
import { memoryErasure } from '@freshet/shared/adapters/memory/erasure';
import { postgresCheckpoint } from '@freshet/shared/adapters/postgres/checkpoint';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { postgresErasure } from '@freshet/shared/adapters/postgres/erasure';
import { decodeProfile, encodeProfile } from '@freshet/shared/codec/state';
import type { EntryBody } from '@freshet/shared/domain/entry';
import type { UserRef } from '@freshet/shared/domain/event';
import { bodyHash, eventKey } from '@freshet/shared/domain/keys';
import { createProfiles, type Profile } from '@freshet/shared/domain/profiles';
import type { CheckpointRight, OwnedCheckpointStore } from '@freshet/shared/ports/checkpoint';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { Erasure } from '@freshet/shared/ports/erasure';
import { describe, expect, it } from 'vitest';
import { ownCheckpoint } from '../support/checkpoint-right.js';
import { useModelDatabase } from '../support/model-database.js';

const database = useModelDatabase();
// Of either sign as Postgres stores them.
const [ann, bea] = ['f00000000000000a', '000000000000000b'] as [UserRef, UserRef];
const SECRET = 'expecting-a-child';

interface Site {
  readonly entries: EntryLog;
  readonly checkpoint: OwnedCheckpointStore;
  readonly erasure: Erasure;
}

function onPostgres(): Site {
  return { entries: postgresEntryLog(database.pool), checkpoint: postgresCheckpoint(database.pool), erasure: postgresErasure(database.pool) };
}

function inMemory(): Site {
  const [entries, checkpoint] = [memoryEntryLog(), memoryCheckpoint()];
  return { entries, checkpoint, erasure: memoryErasure(entries, checkpoint) };
}

let ids = 0;
async function append({ entries }: Pick<Site, 'entries'>, body: EntryBody): Promise<number> {
  const id = `e-${++ids}`;
  const { seq } = await entries.append({ body, keys: [{ id: eventKey('p', id), body: bodyHash(id) }], source: 'http', receivedAt: 5, historical: false });
  return seq ?? 0;
}

function say(site: Pick<Site, 'entries'>, user: UserRef, segments: readonly string[]): Promise<number> {
  return append(site, { kind: 'user', changes: [{ user, segments }] });
}

/** As the checkpoint's owner has folded it. */
function profileAt(user: UserRef, seq: number, segments: readonly string[] = [SECRET]) {
  return [user, { seq, state: encodeProfile({ user, segments, seq, index: 0 }) }] as const;
}

async function storedProfiles({ checkpoint }: Pick<Site, 'checkpoint'>): Promise<readonly Profile[]> {
  const profiles: Profile[] = [];
  await checkpoint.loadProfiles((bytes) => profiles.push(decodeProfile(Buffer.from(bytes))));
  return profiles;
}

/** Entries of which something is said of her. */
async function saidOf({ entries }: Pick<Site, 'entries'>, user: UserRef): Promise<readonly number[]> {
  const all = await entries.read(0, 10_000);
  return all.flatMap((entry) => (entry.kind === 'user' && entry.changes.some((change) => change.user === user && change.segments.length > 0) ? [entry.seq] : []));
}

async function tablesWith(text: string): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ name: string }>(`select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'freshet' and c.relkind = 'r'`);
  const found: string[] = [];
  for (const { name } of rows) {
    const bytes = await database.pool.query(`select 1 from freshet.${name} t where position($1 in t::text) > 0 or position($2 in t::text) > 0 limit 1`, [text, Buffer.from(text).toString('hex')]);
    if (bytes.rows.length > 0) found.push(name);
  }
  return found.sort();
}

describe.each([
  ['on Postgres', onPostgres],
  ['in memory', inMemory],
])('an erasure %s', (_where, open) => {
  it('takes a shopper’s profile out of checkpoint and log, whose entries stay, and nobody else’s', async () => {
    const site = open();
    await using right = await ownCheckpoint(site.checkpoint);
    const first = await say(site, ann, [SECRET, 'vip']);
    const other = await say(site, bea, [SECRET]);
    await right.saveProfiles([profileAt(ann, first), profileAt(bea, other)]);
    const erased = await say(site, ann, []);
    const since = await say(site, ann, ['tea']);
    await site.erasure.eraseProfile(ann, erased);
    const entries = await site.entries.read(first - 1, 100);
    expect(entries.map((entry) => [entry.seq, entry.kind])).toEqual([first, other, erased, since].map((seq) => [seq, 'user']));
    expect(await saidOf(site, ann)).toEqual([since]);
    expect(await saidOf(site, bea)).toContain(other);
    expect((await storedProfiles(site)).map(({ user }) => user)).toEqual([bea]);
    await site.erasure.eraseProfile(ann, await say(site, ann, []));
    await site.erasure.eraseProfile(bea, await say(site, bea, []));
    expect(await storedProfiles(site)).toEqual([]);
    expect([await saidOf(site, ann), await saidOf(site, bea)]).toEqual([[], []]);
  });

  it('holds against an owner that stores what it has collected before, however late, until it declares that it has folded the erasure', async () => {
    const site = open();
    await using right = await ownCheckpoint(site.checkpoint);
    const said = await say(site, ann, [SECRET]);
    const collected = [profileAt(ann, said), profileAt(bea, await say(site, bea, ['tea']))];
    const erased = await say(site, ann, []);
    await site.erasure.eraseProfile(ann, erased);
    await right.saveProfiles(collected);
    expect((await storedProfiles(site)).map(({ user }) => user)).toEqual([bea]);
    // Folded up to the entry before: the owner has a removal of hers from then, and declares as much.
    await right.saveProfiles([[ann, undefined]]);
    await right.finish(erased - 1);
    await right.saveProfiles(collected);
    expect((await storedProfiles(site)).map(({ user }) => user)).toEqual([bea]);
    await right.saveProfiles([[ann, undefined], [bea, undefined]]);
    await right.finish(erased);
    expect(await storedProfiles(site)).toEqual([]);
  });

  it('leaves what was said after it, whether that was stored before the erasure is or comes later', async () => {
    const site = open();
    await using right = await ownCheckpoint(site.checkpoint);
    await right.saveProfiles([profileAt(ann, await say(site, ann, [SECRET]))]);
    const erased = await say(site, ann, []);
    const since = profileAt(ann, await say(site, ann, ['tea']), ['tea']);
    await right.saveProfiles([since]);
    await site.erasure.eraseProfile(ann, erased);
    expect((await storedProfiles(site)).map(({ segments }) => segments)).toEqual([['tea']]);
    await site.erasure.eraseProfile(ann, await say(site, ann, []));
    const again = profileAt(ann, await say(site, ann, ['coffee']), ['coffee']);
    await right.saveProfiles([again]);
    await right.saveProfiles([since]);
    expect((await storedProfiles(site)).map(({ segments }) => segments)).toEqual([['coffee']]);
    await right.saveProfiles([[ann, undefined]]);
  });

  it('profiles are stored page by page, replaced and taken away', async () => {
    const site = open();
    await using right = await ownCheckpoint(site.checkpoint);
    await right.saveProfiles([profileAt(ann, 1), profileAt(bea, 1)]);
    await right.saveProfiles([profileAt(ann, 2), [bea, undefined]]);
    expect(await storedProfiles(site)).toEqual([{ user: ann, segments: [SECRET], seq: 2, index: 0 }]);
    await right.saveProfiles([[ann, undefined]]);
    expect(await storedProfiles(site)).toEqual([]);
  });
});

it('an erasure on Postgres leaves what it erased in no table', async () => {
  const site = onPostgres();
  await using right = await ownCheckpoint(site.checkpoint);
  const said = await say(site, ann, [SECRET]);
  await append(site, { kind: 'catalogue', changes: [{ op: 'put', id: 'x', fields: { title: SECRET } }] });
  await right.saveProfiles([profileAt(ann, said), profileAt(bea, await say(site, bea, [SECRET]))]);
  expect(await tablesWith(SECRET)).toEqual(['checkpoint_profile', 'log_entry_1']);
  for (const user of [ann, bea]) await site.erasure.eraseProfile(user, await say(site, user, []));
  expect((await site.entries.read(said, 1))[0]).toMatchObject({ kind: 'catalogue', changes: [{ fields: { title: SECRET } }] });
  await database.pool.query(`delete from freshet.log_entry where kind = 'catalogue'`);
  expect(await tablesWith(SECRET)).toEqual([]);
  // Nothing stays but the two tombstones, and these until the owner has folded them.
  const { rows } = await database.pool.query('select 1 from freshet.checkpoint_profile');
  expect(rows).toHaveLength(2);
  await right.finish(await site.entries.head());
  expect((await database.pool.query('select 1 from freshet.checkpoint_profile')).rows).toHaveLength(0);
});

/** Waits until a statement that begins so waits for somebody's row. */
async function untilHeldUp(text: string): Promise<void> {
  const held = async (): Promise<number> =>
    (await database.pool.query(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like $1`, [`%${text}%`])).rows.length;
  await expect.poll(held, { timeout: 10_000 }).toBe(1);
}

const SAVING = 'with given as (select * from unnest';
const ERASING = 'with stored as (';

describe('beside an owner whose statement is under way, an erasure on Postgres', () => {
  // Rows are stored in the order of references as Postgres has them: ann's is negative and comes first, cyd's comes last.
  const cyd = '000000000000000c' as UserRef;

  it.each([
    ['that began before it and comes to her row after it', cyd, bea],
    ['that has stored her row before it and ends after it', ann, bea],
  ] as const)('holds against one %s', async (_which, her, blocked) => {
    const site = onPostgres();
    await using right = await ownCheckpoint(site.checkpoint);
    const collected = [profileAt(her, await say(site, her, [SECRET])), profileAt(blocked, await say(site, blocked, ['tea']), ['tea'])];
    const other = await database.pool.connect();
    await other.query('begin');
    await other.query('insert into freshet.checkpoint_profile (ref, seq) values ($1, 0)', [BigInt.asIntN(64, BigInt(`0x${blocked}`))]);
    const saving = right.saveProfiles(collected);
    await untilHeldUp(SAVING);
    const erasing = say(site, her, []).then((erased) => site.erasure.eraseProfile(her, erased));
    if (her === ann) await untilHeldUp(ERASING);
    else await erasing;
    await other.query('rollback');
    other.release();
    await Promise.all([saving, erasing]);
    expect((await storedProfiles(site)).map(({ user }) => user)).toEqual([blocked]);
    expect(await saidOf(site, her)).toEqual([]);
    await right.saveProfiles([[blocked, undefined]]);
    await right.finish(await site.entries.head());
  });

  it('holds against owners that collect, store and change all the while', async () => {
    const site = onPostgres();
    const done = new AbortController();
    const owners = [0, 1].map(() => runOwner(site, done.signal));
    for (let round = 0; round < 40; round++) {
      await say(site, ann, [SECRET]);
      if (round % 2 === 0) await say(site, bea, ['tea']);
      await site.erasure.eraseProfile(ann, await say(site, ann, []));
      for (let look = 0; look < 3; look++) expect((await storedProfiles(site)).map(({ user }) => user)).not.toContain(ann);
    }
    done.abort();
    expect((await Promise.all(owners)).reduce((sum, stored) => sum + stored, 0)).toBeGreaterThan(20);
    expect(await saidOf(site, ann)).toEqual([]);
  });
});

/** Folds the log, now and then gives its right away, and stores what it has folded a moment after it was collected. How often it stored something of ann. */
async function runOwner(site: Site, signal: AbortSignal): Promise<number> {
  const profiles = createProfiles();
  let [seq, stored] = [0, 0];
  while (!signal.aborted) {
    for (const entry of await site.entries.read(seq, 3)) {
      if (entry.kind === 'user') entry.changes.forEach((change, index) => profiles.apply(change, { seq: entry.seq, index }));
      seq = entry.seq;
    }
    const right: CheckpointRight | undefined = await site.checkpoint.tryOwn();
    if (right === undefined) continue;
    if (seq >= (await site.checkpoint.seq())) {
      const collected = [...profiles.takeDirty()].map((user) => {
        const profile = profiles.find(user);
        if (user === ann) stored++;
        return profile === undefined ? ([user, undefined] as const) : profileAt(user, profile.seq, profile.segments);
      });
      const folded = seq;
      await site.entries.head();
      await right.saveProfiles(collected);
      await right.finish(folded);
    }
    await right.release();
  }
  return stored;
}

it('finds the entries by an index, among any number of others', async () => {
  const client = await database.pool.connect();
  await client.query('set enable_seqscan = off');
  const plan = await client.query<{ 'QUERY PLAN': string }>(`explain update freshet.log_entry set payload = '' where kind = 'user' and substring(payload from 28 for 16) = '\\x41' and seq < 9`);
  await client.query('reset enable_seqscan');
  client.release();
  expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/log_entry_1_substring_idx/);
});
