import { memoryEntryLog } from '@freshet/shared/adapters/memory/entry-log';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { bodyHash, eventKey } from '@freshet/shared/domain/keys';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import { EXAMINED, readAfter, readNewest, type TailCursor, type TailPage } from '@freshet/serving/tail/tail';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const START: TailCursor = { seq: 1, taken: 0 };
const idsOf = ({ events }: TailPage): string[] => events.map(({ event }) => event.id);

interface Made {
  readonly log: EntryLog;
  readonly ids: string[];
  add(count: number, changes?: Partial<LogEvent>): Promise<void>;
  describe(count: number): Promise<void>;
}

async function makeLog(sizes: readonly number[] = []): Promise<Made> {
  const log = memoryEntryLog();
  const ids: string[] = [];
  let n = 0;
  const keysOf = (names: readonly string[]) => names.map((name) => ({ id: eventKey('p', name), body: bodyHash(name) }));
  const common = { source: 'http', receivedAt: 1_790_000_000_000, historical: false };
  const made: Made = {
    log,
    ids,
    async add(count, changes = {}) {
      const events = Array.from({ length: count }, (): LogEvent => ({ id: `e${n++}`, type: 'view', user: '00000000000000ab' as UserRef, item: 'mug', ts: 1, ...changes }));
      ids.push(...events.map(({ id }) => id));
      await log.append({ ...common, body: { kind: 'events', events }, keys: keysOf(events.map(({ id }) => id)) });
    },
    async describe(count) {
      const changes = Array.from({ length: count }, () => ({ op: 'delete' as const, id: `i${n++}` }));
      await log.append({ ...common, body: { kind: 'catalogue', changes }, keys: keysOf(changes.map(({ id }) => id)) });
    },
  };
  for (const size of sizes) await (size < 0 ? made.describe(-size) : made.add(size));
  return made;
}

describe('following the log', () => {
  it('gives every event once and in order, whatever the limits cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -3, max: 6 }), { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 9 }), async (sizes, limits) => {
        const { log, ids } = await makeLog(sizes);
        const seen: string[] = [];
        let cursor = START;
        for (let turn = 0; ; turn++) {
          const limit = limits[turn % limits.length] ?? 1;
          const page = await readAfter(log, cursor, { limit });
          expect(page.events.length).toBeLessThanOrEqual(limit);
          expect(page.missed).toBe(false);
          if (page.events.length === 0) break;
          seen.push(...idsOf(page));
          cursor = page.cursor;
        }
        expect(seen).toEqual(ids);
      }),
      { numRuns: 200 },
    );
  });

  it('goes on where it stood when more has come, also within an entry', async () => {
    const made = await makeLog([5, 0, 0]);
    const first = await readAfter(made.log, START, { limit: 3 });
    expect([idsOf(first), first.cursor]).toEqual([['e0', 'e1', 'e2'], { seq: 1, taken: 3 }]);
    await made.add(2);
    const second = await readAfter(made.log, first.cursor, { limit: 100 });
    expect([idsOf(second), second.cursor]).toEqual([['e3', 'e4', 'e5', 'e6'], { seq: 5, taken: 0 }]);
    expect(await readAfter(made.log, second.cursor, { limit: 100 })).toEqual({ events: [], cursor: second.cursor, missed: false, cut: false });
  });

  it('looks for a rare type in bounded steps', async () => {
    const made = await makeLog();
    for (let n = 0; n < 22; n++) await made.add(1_000);
    await made.add(1, { type: 'purchase' });
    const first = await readAfter(made.log, START, { limit: 10, type: 'purchase' });
    expect(first.events).toEqual([]);
    expect(first.cursor.seq).toBeGreaterThanOrEqual(EXAMINED / 1_000);
    expect(first.cursor.seq).toBeLessThan(2 + EXAMINED / 1_000);
    expect(first.cut).toBe(true);
    let page = first;
    while (page.cut) page = await readAfter(made.log, page.cursor, { limit: 10, type: 'purchase' });
    expect(idsOf(page)).toEqual(['e22000']);
  });

  it('says when retention was faster', async () => {
    const { log } = await makeLog([2, 2, 2]);
    const cut = { ...log, read: (after: number, most: number) => log.read(Math.max(1, after), most) };
    const page = await readAfter(cut, START, { limit: 10 });
    expect([idsOf(page), page.missed]).toEqual([['e2', 'e3', 'e4', 'e5'], true]);
  });
});

describe('the newest of the log', () => {
  it('are found behind heartbeats and catalogue changes, and followed from there', async () => {
    const made = await makeLog([4, -600, 0, 3, 0, 0, -2, 0]);
    const page = await readNewest(made.log, { limit: 5 });
    expect(idsOf(page)).toEqual(['e2', 'e3', ...made.ids.slice(-3)]);
    await made.add(1);
    expect(idsOf(await readAfter(made.log, page.cursor, { limit: 5 }))).toEqual(made.ids.slice(-1));
  });

  it('of a type are looked for further back', async () => {
    const made = await makeLog();
    await made.add(2, { type: 'cart', item: 'jug' });
    for (let n = 0; n < 3; n++) await made.add(500);
    expect(idsOf(await readNewest(made.log, { limit: 5, type: 'cart' }))).toEqual(['e0', 'e1']);
    expect(idsOf(await readNewest(made.log, { limit: 1, type: 'cart', item: 'jug' }))).toEqual(['e1']);
    expect(idsOf(await readNewest(made.log, { limit: 5, type: 'cart', item: 'mug' }))).toEqual([]);
  });

  it('are the newest also where heartbeats lie between them, more than a read looks at', async () => {
    const made = await makeLog();
    for (let n = 0; n < 130; n++) {
      await made.add(1);
      for (let beat = 0; beat < 350; beat++) await made.add(0);
    }
    expect(idsOf(await readNewest(made.log, { limit: 3 }))).toEqual(['e127', 'e128', 'e129']);
    // All 130 lie further back than a read goes: the look before it says where to go on.
    const page = await readNewest(made.log, { limit: 3, item: 'jug' });
    expect([page.events, page.cursor.seq]).toEqual([[], 130 * 351 + 1]);
  });

  it('none: only where to go on', async () => {
    const made = await makeLog([3, 0]);
    const page = await readNewest(made.log, { limit: 0 });
    expect(page).toEqual({ events: [], cursor: { seq: 3, taken: 0 }, missed: false, cut: false });
    expect((await readNewest(memoryEntryLog(), { limit: 5 })).cursor).toEqual(START);
  });
});
