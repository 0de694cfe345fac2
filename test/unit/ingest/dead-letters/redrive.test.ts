/** Dead letters taken in again, on the real intake over memory. */
import { resolveIngestConfig } from '@freshet/ingest/config';
import { createRedrive } from '@freshet/ingest/dead-letters/redrive';
import { createFiller } from '@freshet/ingest/clean/fill';
import { createIntake } from '@freshet/ingest/intake';
import { createPeople } from '@freshet/ingest/people';
import { createRejects } from '@freshet/ingest/rejects';
import { createWriter } from '@freshet/ingest/writer';
import { memoryDeadLetters } from '@freshet/shared/adapters/memory/dead-letters';
import { memoryEntryLog } from '@freshet/shared/adapters/memory/entry-log';
import { memoryUserRefs } from '@freshet/shared/adapters/memory/user-refs';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { UnavailableError } from '@freshet/shared/errors';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics } from '@freshet/shared/metrics';
import { DEAD_LETTER_CHARS, type DeadLetter } from '@freshet/shared/ports/dead-letters';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import { describe, expect, it } from 'vitest';

const REFUSED_AT = 1_780_000_000_000;
const event = { id: 'e1', type: 'gaze', user_id: 'ada', item_id: 'mug', timestamp: 1_790_000_000_000 };
const letter = (payload: unknown, changes: Partial<DeadLetter> = {}): DeadLetter => ({
  queue: 'ingest', source: 'http', code: 'unknown_type', pointer: '/type', detail: 'no such type', payload: JSON.stringify(payload), ...changes,
});

function setUp(customTypes: Record<string, number> = { gaze: 1 }, entryLog: EntryLog = memoryEntryLog()) {
  const deadLetters = memoryDeadLetters(() => REFUSED_AT);
  const metrics = createMetrics({ processMetrics: false });
  const writer = createWriter({
    entryLog, people: createPeople({ userRefs: memoryUserRefs(), clock: systemClock }), log: silentLogger, onCommit: () => undefined, writers: 2, groupItems: 100, groupBytes: 1e6,
  });
  const rejects = createRejects({ deadLetters, metrics, log: silentLogger });
  const intake = createIntake({ config: resolveIngestConfig({ customTypes }), writer, filler: createFiller({}), rejects, metrics, clock: systemClock });
  const events = async (): Promise<LogEvent[]> => (await entryLog.read(0, 10_000)).flatMap((entry) => (entry.kind === 'events' ? entry.events : []));
  const idsLeft = async (): Promise<number[]> => (await deadLetters.list({ limit: 100 })).map(({ id }) => id);
  return { deadLetters, entryLog, events, idsLeft, redrive: createRedrive({ deadLetters, intake, writer, clock: systemClock }), rejects };
}

describe('a dead letter that ingest wrote', () => {
  it('is taken in by today’s rules, and is gone then', async () => {
    const { redrive, deadLetters, events, idsLeft, entryLog } = setUp();
    await deadLetters.add([letter(event)]);
    expect(await redrive.byId([1])).toEqual({ redriven: 1, kept: 0, results: [{ id: 1, status: 'accepted', event_id: 'e1' }], sequence: 1 });
    expect(await events()).toMatchObject([{ id: 'e1', type: 'gaze', item: 'mug', ts: 1_790_000_000_000 }]);
    expect((await entryLog.read(0, 10))[0]).toMatchObject({ source: 'redrive', historical: true });
    expect(await idsLeft()).toEqual([]);
    expect(await redrive.byId([1])).toEqual({ redriven: 0, kept: 0, results: [{ id: 1, status: 'not_found' }] });
  });

  it('stays when it is refused again, and no second one is written', async () => {
    const { redrive, deadLetters, events, idsLeft, rejects } = setUp({});
    await deadLetters.add([letter(event)]);
    expect(await redrive.byId([1])).toMatchObject({ redriven: 0, kept: 1, results: [{ id: 1, status: 'rejected', problem: { code: 'unknown_type' } }] });
    await rejects.close();
    expect([await events(), await idsLeft()]).toEqual([[], [1]]);
  });

  it('comes in once, however many letters of it there are and however often it is tried', async () => {
    const { redrive, deadLetters, events, idsLeft } = setUp();
    const made = { ...event, id: 'idk_of_the_job' };
    await deadLetters.add([letter(made), letter(made), letter(made)]);
    const results = await Promise.all([redrive.byId([1]), redrive.byId([1, 2]), redrive.matching({ limit: 10, after: 0 })]);
    const statuses = results.flatMap((result) => result.results.map(({ status }) => status));
    expect(statuses.filter((status) => status === 'accepted')).toEqual(['accepted']);
    expect(await events()).toHaveLength(1);
    expect(await idsLeft()).toEqual([]);
  });

  it('that could not be removed is recognised the next time', async () => {
    const { redrive, deadLetters, events, idsLeft } = setUp();
    await deadLetters.add([letter(event)]);
    const [stored] = await deadLetters.find([1]);
    await redrive.byId([1]);
    // As if the process had died between the commit and the removal.
    await deadLetters.add([stored ?? letter(event)]);
    expect(await redrive.byId([2])).toMatchObject({ redriven: 1, results: [{ status: 'duplicate' }] });
    expect([(await events()).length, await idsLeft()]).toEqual([1, []]);
  });

  it('without a timestamp happened when it was rejected; without an id it has one of its own', async () => {
    const { redrive, deadLetters, events } = setUp();
    const { id: _, timestamp: __, ...bare } = event;
    await deadLetters.add([letter(bare), letter(bare)]);
    await redrive.matching({ limit: 10, after: 0 });
    const found = await events();
    expect(new Set(found.map(({ id }) => id)).size).toBe(2);
    expect(found.map(({ ts }) => ts)).toEqual([REFUSED_AT, REFUSED_AT]);
  });

  it.each([
    ['cut', { ...event, text: 'x'.repeat(DEAD_LETTER_CHARS) }, {}],
    ['not JSON', undefined, { payload: '{"half' }],
    ['empty', undefined, { payload: '' }],
    ['a list', [event], {}],
    ['of a queue nobody knows', event, { queue: 'elsewhere' }],
  ])('that is %s can’t be taken in, and says so', async (_, payload, changes) => {
    const { redrive, deadLetters, idsLeft } = setUp();
    await deadLetters.add([letter(payload, changes)]);
    expect(await redrive.byId([1])).toMatchObject({ redriven: 0, kept: 1, results: [{ status: 'not_redrivable', problem: { code: 'not_redrivable' } }] });
    expect(await idsLeft()).toEqual([1]);
  });

  it('stays when the log can’t be reached', async () => {
    const inner = memoryEntryLog();
    const { redrive, deadLetters, idsLeft } = setUp({ gaze: 1 }, { ...inner, append: () => Promise.reject(new UnavailableError('database_unavailable', 'away')) });
    await deadLetters.add([letter(event)]);
    await expect(redrive.byId([1])).rejects.toThrow('away');
    expect(await idsLeft()).toEqual([1]);
  });
});

describe('dead letters by what they are', () => {
  it('are taken the oldest first, a page at a time, past those that stay', async () => {
    const { redrive, deadLetters, idsLeft } = setUp();
    await deadLetters.add([letter(event, { payload: 'cut' }), letter({ ...event, id: 'a' }), letter({ ...event, id: 'b' }, { code: 'other' }), letter({ ...event, id: 'c' })]);
    const first = await redrive.matching({ code: 'unknown_type', limit: 2, after: 0 });
    expect(first).toMatchObject({ redriven: 1, kept: 1, next: 2 });
    const second = await redrive.matching({ code: 'unknown_type', limit: 2, after: first.next ?? 0 });
    expect(second).toMatchObject({ redriven: 1, kept: 0, results: [{ id: 4 }] });
    expect(second.next).toBeUndefined();
    expect(await idsLeft()).toEqual([3, 1]);
  });
});

describe('a dead letter that the trainer wrote', () => {
  const logged: LogEvent = { id: 'e9', type: 'view', user: '00000000000000ab' as UserRef, item: 'new mug', ts: 1_790_000_000_000, price: 4 };
  const refused = (payload: unknown): DeadLetter => letter(payload, { queue: 'trainer', code: 'items_full', pointer: '' });

  it('comes into the log once more, for the same shopper and time, under an id that follows from its own', async () => {
    const { redrive, deadLetters, events } = setUp();
    await deadLetters.add([refused(logged), refused(logged)]);
    const result = await redrive.matching({ queue: 'trainer', limit: 10, after: 0 });
    expect(result.results.map(({ status }) => status).toSorted()).toEqual(['accepted', 'duplicate']);
    const [found, ...more] = await events();
    expect(more).toEqual([]);
    expect(found).toEqual({ ...logged, id: result.results[0]?.event_id });
    expect(found?.id).not.toBe('e9');
  });

  it.each([{ ...logged, user: 'ada' }, { ...logged, ts: 'now' }, { type: 'view' }, null])('that is no event of the log can’t', async (payload) => {
    const { redrive, deadLetters, events } = setUp();
    await deadLetters.add([refused(payload)]);
    expect(await redrive.byId([1])).toMatchObject({ results: [{ status: 'not_redrivable' }] });
    expect(await events()).toEqual([]);
  });
});
