import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { UserRef } from '@freshet/shared/domain/event';
import type { History, HistoryEvent, Mark } from '@freshet/shared/domain/history';
import { createKinds } from '@freshet/shared/domain/packed/format';
import { createNames } from '@freshet/shared/domain/packed/names';
import { createPack } from '@freshet/shared/domain/packed/pack';
import { createUnpacking } from '@freshet/shared/domain/packed/unpack';

const whole = { ts: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.maxSafeInteger()), seq: fc.maxSafeNat(), index: fc.nat() };
const odd = { ts: fc.double({ noNaN: true }), seq: fc.double({ noNaN: true }), index: fc.double({ noNaN: true }) };
const item = fc.oneof(fc.integer({ min: 0, max: 30 }).map((n) => `item-${n}`), fc.string({ unit: 'binary' }));
const type = fc.option(fc.constantFrom('view', 'purchase', 'zoë'), { nil: undefined });

function history(moment: typeof whole | typeof odd): fc.Arbitrary<History> {
  const mark = fc.record({ ...moment, refused: fc.boolean(), type }).map(({ type, refused, ...at }): Mark => (refused ? { ...at, refused, type } : { ...at, refused }));
  const event = fc.record({ ...moment, item, group: fc.integer({ min: 0, max: 7 }), type });
  return fc
    .record({
      seen: fc.array(fc.tuple(item, mark), { maxLength: 60 }).map((marks) => new Map(marks)),
      events: fc.array(event, { maxLength: 20 }),
      same: fc.array(fc.nat({ max: 59 }), { maxLength: 20 }),
      joined: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => bits.toString(16).padStart(16, '0') as UserRef), { nil: undefined }),
    })
    .map(({ seen, events, same, joined }): History => {
      // Most events of a history are the last thing that happened to their item: the newest mark's first.
      const marks = [...seen].reverse();
      const marked = events.map((event, k): HistoryEvent => {
        const [name, mark] = marks[same[k] ?? k] ?? [];
        return name === undefined || mark === undefined ? event : { ...event, item: name, ts: mark.ts, seq: mark.seq, index: mark.index };
      });
      return { events: marked, seen, refusals: [...seen.values()].filter(({ refused }) => refused).length, ...(joined === undefined ? {} : { joined }) };
    });
}

it.each([['of whole numbers', history(whole)], ['of any numbers', history(odd)], ['of both', fc.oneof(history(whole), history(odd))]])('a history %s comes back as it was, its order too, and its names are released', (_, arbitrary) => {
  fc.assert(
    fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 3 }), (several) => {
      const names = createNames();
      const kinds = createKinds();
      const pack = createPack(names, kinds);
      const unpacking = createUnpacking(names, kinds);
      const records = several.map((one) => Buffer.from([99, ...pack(one), 99]));
      for (const [n, one] of several.entries()) {
        const record = records[n] ?? Buffer.alloc(0);
        const back = unpacking.history(record, 1);
        expect(back).toEqual(one);
        expect([...back.seen.keys()]).toEqual([...one.seen.keys()]);
        expect(unpacking.outline(record, 1)).toEqual({ events: one.events.length, joined: one.joined !== undefined });
        expect(unpacking.joined(record, 1)).toBe(one.joined);
      }
      for (const record of records) unpacking.release(record, 1);
      expect(names.size).toBe(0);
    }),
  );
});

it('an event of a shopper takes some ten bytes', () => {
  const names = createNames();
  const pack = createPack(names, createKinds());
  for (let n = 0; n < 500_000; n++) names.hold(`item-${n}`);
  const seen = new Map<string, Mark>();
  const events: HistoryEvent[] = [];
  for (let n = 0; n < 20; n++) {
    // Twenty items in as many hours, one entry of the log in a millisecond.
    const at = { ts: 1.79e12 + n * 3_600_000, seq: 1e9 + n * 3_600_000, index: n };
    seen.set(`item-${100_000 + n * 777}`, { ...at, refused: false });
    events.unshift({ ...at, item: `item-${100_000 + n * 777}`, group: 0, type: 'view' });
  }
  expect(pack({ events, seen, refusals: 0 }).length / 20).toBeLessThan(14);
});
