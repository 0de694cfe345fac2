/** What keeps the log healthy: partitions, backlog, dead letters, user references; on Postgres. */
import { postgresCheckpoint } from '@freshet/shared/adapters/postgres/checkpoint';
import { postgresDeadLetters } from '@freshet/shared/adapters/postgres/dead-letters';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { createPartitions, dropExpiredPartitions, listPartitions } from '@freshet/shared/adapters/postgres/entry-log-partitions';
import { postgresLogUpkeep } from '@freshet/shared/adapters/postgres/entry-log-upkeep';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { postgresUserRefs } from '@freshet/shared/adapters/postgres/user-refs';
import type { UserRef } from '@freshet/shared/domain/event';
import { bodyHash, eventKey, pseudonymOf } from '@freshet/shared/domain/keys';
import { DEAD_LETTER_CHARS } from '@freshet/shared/ports/dead-letters';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownCheckpoint } from '../support/checkpoint-right.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  pool = createPool({ url: database.url, applicationName: 'upkeep-test', onError: () => undefined });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

function append(id: string) {
  const key = { id: eventKey('p', id), body: bodyHash(id) };
  return postgresEntryLog(pool).append({ body: { kind: 'catalogue', changes: [{ op: 'delete', id }] }, keys: [key], source: 'http', receivedAt: 5, historical: false });
}

describe('the log’s partitions', () => {
  const limit = 320_000_000;

  it('are made ahead, of a size that suits the limit of the log', async () => {
    const bounds = async () => (await listPartitions(pool)).map(({ from, to }) => [from, to]);
    expect(await bounds()).toEqual([[1, 20_001], [20_001, 40_001]]);
    // An entry is assumed to take 1,000 bytes while there is none to measure, and a partition a sixteenth of the limit.
    expect(await createPartitions(pool, limit)).toBe(1);
    expect((await bounds()).at(-1)).toEqual([40_001, 60_001]);
    expect(await createPartitions(pool, limit)).toBe(0);
    await pool.query('update freshet.log_counter set last = 19999');
    expect(await createPartitions(pool, limit)).toBe(0);
    await pool.query('update freshet.log_counter set last = 20000');
    expect(await createPartitions(pool, 2 * limit)).toBe(1);
    expect((await bounds()).at(-1)).toEqual([60_001, 260_001]);
  });

  it('are left to a process that is at it, even when it stands still', async () => {
    const zombie = await pool.connect();
    await zombie.query('select pg_advisory_lock($1)', [0x46_52_50]);
    await postgresLogUpkeep(pool).extend(limit);
    expect(await postgresLogUpkeep(pool).dropExpired({ maxAgeMs: 1, maxBytes: 1 })).toEqual([]);
    await zombie.query('select pg_advisory_unlock($1)', [0x46_52_50]);
    zombie.release();
  });

  it('are made when an append finds none', async () => {
    const names = (await listPartitions(pool)).map(({ name }) => `freshet.${name}`);
    await pool.query(`drop table ${names.join(', ')}`);
    await pool.query('update freshet.log_counter set last = 0');
    expect((await append('a')).seq).toBe(1);
    await pool.query('drop table freshet.log_entry_625001');
    await pool.query('update freshet.log_counter set last = 1500000');
    // Found like any other by an index of its own.
    expect((await append('b')).seq).toBe(1_500_001);
  });

  it('are dropped when all they hold is old and applied, never the one being written', async () => {
    const limits = { maxAgeMs: 90 * 86_400_000, maxBytes: 1e12 };
    expect(await dropExpiredPartitions(pool, limits)).toEqual([]);
    await pool.query(`update freshet.log_entry set written_at = now() - interval '91 days'`);
    expect(await dropExpiredPartitions(pool, limits)).toEqual([]);
    await pool.query('update freshet.trainer_state set applied = 1500001');
    // The next start of serving still has to fold it.
    expect(await dropExpiredPartitions(pool, limits)).toEqual([]);
    await pool.query('update freshet.checkpoint set seq = 1500001');
    expect(await dropExpiredPartitions(pool, limits)).toEqual(['log_entry_1']);
    // A reader from the start goes on at what is left.
    expect((await postgresEntryLog(pool).read(0, 10)).map((entry) => entry.seq)).toEqual([1_500_001]);
  });

  it('are dropped oldest first when the log is bigger than its limit, and only as many as it takes', async () => {
    await pool.query('create table freshet.log_entry_1 partition of freshet.log_entry for values from (1) to (11)');
    await pool.query('create table freshet.log_entry_11 partition of freshet.log_entry for values from (11) to (21)');
    await pool.query(`insert into freshet.log_entry (seq, kind, source, received_at, count, total, batch, payload)
      select seq, 'catalogue', 'http', 5, 1, seq, seq, decode(repeat('ab', 100000), 'hex') from generate_series(1, 20) as seq`);
    expect(await dropExpiredPartitions(pool, { maxAgeMs: 1e12, maxBytes: 1.7e6 })).toEqual(['log_entry_1']);
    expect((await dropExpiredPartitions(pool, { maxAgeMs: 1e12, maxBytes: 1 }))[0]).toBe('log_entry_11');
    expect((await postgresEntryLog(pool).read(0, 10)).map((entry) => entry.seq)).toEqual([1_500_001]);
  });

  it('tell how far the trainer is behind', async () => {
    const upkeep = postgresLogUpkeep(pool);
    expect(await upkeep.backlog()).toEqual({ unapplied: 0, oldestReceivedAt: undefined });
    await append('c');
    await append('d');
    expect(await upkeep.backlog()).toEqual({ unapplied: 2, oldestReceivedAt: 5 });
    expect((await upkeep.readCatalogue(1_500_002, 10)).map((entry) => entry.seq)).toEqual([1_500_003]);
  });
});

describe('user references', () => {
  const key = (name: string, create = true) => ({ kind: 'user' as const, pseudonym: pseudonymOf('user', name), create });

  it('are the same for everybody who asks, however many at once', async () => {
    const names = Array.from({ length: 50 }, (_, i) => `user-${i}`);
    const asked = await Promise.all(Array.from({ length: 8 }, (_, i) => postgresUserRefs(pool).lookup((i % 2 === 0 ? names : names.toReversed()).map((name) => key(name)))));
    const refs = asked.map((found, i) => (i % 2 === 0 ? found : found.toReversed()).map((one) => one?.ref));
    for (const one of refs) expect(one).toEqual(refs[0]);
    expect(new Set(refs[0]).size).toBe(50);
    expect(refs[0]?.every((ref) => /^[0-9a-f]{16}$/.test(ref ?? ''))).toBe(true);
  });

  it('are not made unless asked for, and sessions can be joined and joined again', async () => {
    const refs = postgresUserRefs(pool);
    const session = { kind: 'session' as const, pseudonym: pseudonymOf('session', 's'), create: false };
    expect(await refs.lookup([session, key('nobody', false)])).toEqual([undefined, undefined]);
    const [first, second] = await refs.lookup([key('first'), key('second')]);
    if (first === undefined || second === undefined) throw new Error('no references');
    await refs.join([{ session: session.pseudonym, ref: first.ref }]);
    await refs.join([{ session: session.pseudonym, ref: first.ref }, { session: session.pseudonym, ref: second.ref }]);
    expect(await refs.lookup([session])).toEqual([{ ref: second.ref, joined: true }]);
  });
});

describe('people who do not come back', () => {
  const key = (kind: 'user' | 'session', name: string, create = true) => ({ kind, pseudonym: pseudonymOf(kind, name), create });
  const age = (days: number) => pool.query('update freshet.user_ref_map set seen_on = current_date - $1::int', [days]);

  it('are forgotten with their histories and profiles, sessions sooner than shoppers, and are somebody new when they do', async () => {
    const [refs, upkeep, checkpoint] = [postgresUserRefs(pool), postgresLogUpkeep(pool), postgresCheckpoint(pool)];
    await using right = await ownCheckpoint(checkpoint);
    const limits = { sessionDays: 7, shopperDays: 400 };
    const everybody = [key('user', 'ida'), key('session', 's-1'), key('session', 's-2')];
    const before = (await refs.lookup(everybody)).map((person) => person?.ref ?? ('' as UserRef));
    await right.saveUsers(before.map((ref) => [ref, Buffer.from('history')]));
    await right.saveProfiles(before.slice(0, 1).map((ref) => [ref, { seq: 1, state: Buffer.from('profile') }]));
    const profiles = async (): Promise<number> => (await pool.query('select 1 from freshet.checkpoint_profile')).rows.length;
    await age(7);
    expect(await upkeep.forgetPeople(limits)).toBe(0);
    await age(8);
    await refs.lookup([key('session', 's-2')]);
    expect(await upkeep.forgetPeople(limits)).toBeGreaterThan(0);
    expect([...(await checkpoint.findUsers(before)).keys()]).toEqual([before[0], before[2]]);
    const after = (await refs.lookup(everybody)).map((person) => person?.ref);
    expect(after.map((ref, i) => ref === before[i])).toEqual([true, false, true]);
    expect(await profiles()).toBe(1);
    await age(401);
    await upkeep.forgetPeople(limits);
    expect((await checkpoint.findUsers(before)).size).toBe(0);
    expect(await profiles()).toBe(0);
  });

  it('take no history of a shopper along when only a session that had joined him is forgotten', async () => {
    const [refs, upkeep, checkpoint] = [postgresUserRefs(pool), postgresLogUpkeep(pool), postgresCheckpoint(pool)];
    await using right = await ownCheckpoint(checkpoint);
    const [shopper] = await refs.lookup([key('user', 'joe')]);
    if (shopper === undefined) throw new Error('no reference');
    await refs.join([{ session: pseudonymOf('session', 'joes'), ref: shopper.ref }]);
    await right.saveUsers([[shopper.ref, Buffer.from('history')]]);
    await age(8);
    await upkeep.forgetPeople({ sessionDays: 7, shopperDays: 400 });
    expect(await refs.lookup([key('session', 'joes', false), key('user', 'joe', false)])).toEqual([undefined, { ref: shopper.ref, joined: false }]);
    expect((await checkpoint.findUsers([shopper.ref])).size).toBe(1);
  });

  it('leave no alias behind for ever', async () => {
    const checkpoint = postgresCheckpoint(pool);
    const alias = 'abcdefabcdefabcd' as UserRef;
    await using right = await ownCheckpoint(checkpoint);
    await right.saveUsers([[alias, Buffer.from('alias')]]);
    await pool.query(`update freshet.checkpoint_user set saved_on = current_date - 401`);
    await postgresLogUpkeep(pool).forgetPeople({ sessionDays: 7, shopperDays: 400 });
    expect((await checkpoint.findUsers([alias])).size).toBe(0);
  });
});

describe('dead letters', () => {
  it('are cut, made storable, counted, listed newest first and trimmed', async () => {
    const letters = postgresDeadLetters(pool);
    const letter = (detail: string, payload = '{}') => ({ queue: 'ingest', source: 'http', code: 'wrong_type', pointer: '/x', detail, payload });
    await letters.add([letter('one'), letter('two\0\ud800', '"' + 'x'.repeat(10_000)), letter('three')]);
    const kept = await letters.list({ limit: 10 });
    expect(kept.map((one) => one.detail)).toEqual(['three', 'two\ufffd', 'one']);
    expect(kept[1]?.payload.length).toBe(DEAD_LETTER_CHARS);
    expect(await letters.list({ limit: 1, before: kept[1]?.id })).toMatchObject([{ detail: 'one' }]);
    expect(await letters.counts()).toEqual(new Map([['ingest', 3]]));
    expect(await letters.trim(2, 60_000)).toBe(1);
    expect((await letters.list({ limit: 10 })).map((one) => one.detail)).toEqual(['three', 'two\ufffd']);
    await pool.query(`update freshet.dead_letter set refused_at = now() - interval '31 days'`);
    expect(await letters.trim(2, 30 * 86_400_000)).toBe(2);
  });
});
