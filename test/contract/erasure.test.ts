/** Erasure on Postgres: what must not be kept is in no table afterwards, and nothing else has changed. */
import { postgresCheckpoint } from '@freshet/shared/adapters/postgres/checkpoint';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { postgresErasure } from '@freshet/shared/adapters/postgres/erasure';
import { decodeProfile, encodeProfile } from '@freshet/shared/codec/state';
import type { EntryBody } from '@freshet/shared/domain/entry';
import type { UserRef } from '@freshet/shared/domain/event';
import { bodyHash, eventKey } from '@freshet/shared/domain/keys';
import type { Profile } from '@freshet/shared/domain/profiles';
import { expect, it } from 'vitest';
import { useModelDatabase } from '../support/model-database.js';

const database = useModelDatabase();
// Of either sign as Postgres stores them.
const [ann, bea] = ['f00000000000000a', '000000000000000b'] as [UserRef, UserRef];
const SECRET = 'expecting-a-child';

async function append(id: string, body: EntryBody): Promise<number> {
  const key = { id: eventKey('p', id), body: bodyHash(id) };
  const { seq } = await postgresEntryLog(database.pool).append({ body, keys: [key], source: 'http', receivedAt: 5, historical: false });
  return seq ?? 0;
}

function say(id: string, user: UserRef, segments: readonly string[]): Promise<number> {
  return append(id, { kind: 'user', changes: [{ user, segments }] });
}

async function storedProfiles(): Promise<readonly Profile[]> {
  const profiles: Profile[] = [];
  await postgresCheckpoint(database.pool).loadProfiles((bytes) => profiles.push(decodeProfile(Buffer.from(bytes))));
  return profiles;
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

it('a shopper’s profile is taken out of checkpoint and log, whose entries stay, and nobody else’s is', async () => {
  const checkpoint = postgresCheckpoint(database.pool);
  const first = await say('1', ann, [SECRET, 'vip']);
  await say('2', bea, [SECRET]);
  await append('3', { kind: 'catalogue', changes: [{ op: 'put', id: 'x', fields: { title: SECRET } }] });
  await say('4', ann, [SECRET]);
  await checkpoint.saveProfiles([ann, bea].map((user, i) => [user, encodeProfile({ user, segments: [SECRET], seq: 4 - 2 * i, index: 0 })]));
  expect(await tablesWith(SECRET)).toEqual(['checkpoint_profile', 'log_entry_1']);
  const erased = await say('5', ann, []);
  const since = await say('6', ann, [SECRET]);
  await postgresErasure(database.pool).eraseProfile(ann, erased);
  const entries = await postgresEntryLog(database.pool).read(0, 100);
  expect(entries.map((entry) => entry.seq)).toEqual([first, first + 1, first + 2, first + 3, erased, since]);
  const saidOf = (user: UserRef) => entries.flatMap((entry) => (entry.kind === 'user' ? entry.changes.filter((change) => change.user === user).map(({ segments }) => segments) : []));
  expect(saidOf(ann)).toEqual([[], [], [], [SECRET]]);
  expect(saidOf(bea)).toEqual([[SECRET]]);
  expect(entries[2]).toMatchObject({ kind: 'catalogue', changes: [{ fields: { title: SECRET } }] });
  expect((await storedProfiles()).map(({ user }) => user)).toEqual([bea]);
  await postgresErasure(database.pool).eraseProfile(ann, since + 1);
  await postgresErasure(database.pool).eraseProfile(bea, since + 1);
  await database.pool.query(`delete from freshet.log_entry where kind = 'catalogue'`);
  expect(await tablesWith(SECRET)).toEqual([]);
});

it('finds the entries by an index, among any number of others', async () => {
  const client = await database.pool.connect();
  await client.query('set enable_seqscan = off');
  const plan = await client.query<{ 'QUERY PLAN': string }>(`explain update freshet.log_entry set payload = '' where kind = 'user' and substring(payload from 28 for 16) = '\\x41' and seq < 9`);
  await client.query('reset enable_seqscan');
  client.release();
  expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/log_entry_1_substring_idx/);
});

it('profiles are stored page by page, replaced and taken away', async () => {
  const checkpoint = postgresCheckpoint(database.pool);
  const of = (user: UserRef, seq: number): Profile => ({ user, segments: ['vip'], seq, index: 0 });
  await checkpoint.saveProfiles([[ann, encodeProfile(of(ann, 1))], [bea, encodeProfile(of(bea, 1))]]);
  await checkpoint.saveProfiles([[ann, encodeProfile(of(ann, 2))], [bea, undefined]]);
  expect(await storedProfiles()).toEqual([of(ann, 2)]);
  await checkpoint.saveProfiles([[ann, undefined]]);
  expect(await storedProfiles()).toEqual([]);
});
