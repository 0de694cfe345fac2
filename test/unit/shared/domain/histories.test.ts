/** Histories that are packed when they aren't used, against the same ones as plain objects (support/plain-histories). */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHistory, encodeHistory } from '@freshet/shared/codec/state';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { createHistories, type Histories } from '@freshet/shared/domain/histories';
import { type History, SEEN_LIMIT } from '@freshet/shared/domain/history';
import { createCells } from '@freshet/shared/domain/packed/cells';
import { createKinds } from '@freshet/shared/domain/packed/format';
import { createNames } from '@freshet/shared/domain/packed/names';
import { createPack } from '@freshet/shared/domain/packed/pack';
import { CapacityError } from '@freshet/shared/errors';
import { plainHistories } from '../support/plain-histories.js';

const PEOPLE = 9;
const ref = (n: number): UserRef => (n * 0x1234_5678).toString(16).padStart(16, '0') as UserRef;
const everybody = Array.from({ length: PEOPLE }, (_, n) => ref(n));
const CUSTOM = { gift: 2 };

type Command =
  | { readonly do: 'apply'; readonly event: LogEvent; readonly seq: number; readonly index: number }
  | { readonly do: 'join'; readonly session: UserRef; readonly shopper: UserRef }
  | { readonly do: 'load'; readonly ref: UserRef; readonly events: readonly { readonly event: LogEvent; readonly seq: number; readonly index: number }[]; readonly joined: UserRef | undefined }
  | { readonly do: 'find' | 'ensure'; readonly ref: UserRef }
  | { readonly do: 'touch'; readonly ref: UserRef; readonly seq: number }
  | { readonly do: 'forget'; readonly upTo: number; readonly most: number }
  | { readonly do: 'dirty' };

const person = fc.integer({ min: 0, max: PEOPLE - 1 }).map(ref);
const seq = fc.integer({ min: 0, max: 3_000 });
const place = { seq, index: fc.integer({ min: 0, max: 700 }) };
const event = fc
  .record({
    user: person,
    session: fc.option(person, { nil: undefined, freq: 5 }),
    item: fc.option(fc.integer({ min: 0, max: 40 }).map((n) => `item-${n}`), { nil: undefined, freq: 12 }),
    type: fc.constantFrom('view', 'view', 'view', 'cart', 'purchase', 'gift', 'dislike', 'return', 'remove', 'impression', 'search'),
    ts: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1.7e12, max: 1.8e12 })),
  })
  .map(({ session, item, ...rest }): LogEvent => ({ id: 'e', ...rest, ...(session === undefined ? {} : { session }), ...(item === undefined ? {} : { item }) }));
const applied = fc.record({ event, ...place });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 24, arbitrary: applied.map((one) => ({ do: 'apply', ...one }) as const) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('join' as const), session: person, shopper: person }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('load' as const), ref: person, events: fc.array(applied, { maxLength: 8 }), joined: fc.option(person, { nil: undefined, freq: 4 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('find' as const, 'ensure' as const), ref: person }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('touch' as const), ref: person, seq }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), upTo: seq, most: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'dirty' as const }) },
);

/** What a checkpoint holds of somebody. */
function stored({ events, joined }: Extract<Command, { do: 'load' }>): History {
  const from = plainHistories(CUSTOM);
  const one = ref(77);
  for (const { event, seq, index } of events) from.apply({ ...event, user: one, session: one }, { seq, index });
  const history = decodeHistory(encodeHistory(from.ensure(one)));
  return joined === undefined ? history : { events: [], seen: new Map(), refusals: 0, joined };
}

/** Does it, and says what came of it. */
function run(histories: Histories, command: Command): unknown {
  switch (command.do) {
    case 'apply':
      return histories.apply(command.event, command);
    case 'join':
      return histories.joinSession(command.session, command.shopper);
    case 'load':
      return histories.load(command.ref, stored(command));
    case 'find':
    case 'ensure':
      return bytesOf(histories[command.do](command.ref));
    case 'touch':
      return histories.touch(command.ref, command.seq);
    case 'forget': {
      let left = command.most;
      return histories.forget((touched) => touched <= command.upTo && left-- > 0);
    }
    case 'dirty':
      return [...histories.takeDirty()].sort();
  }
}

/** As a checkpoint has it: what is equal here is equal in order, too. */
function bytesOf(history: History | undefined): string | undefined {
  return history === undefined ? undefined : `${history.refusals} ${encodeHistory(history).toString('utf8')}`;
}

function stateOf(histories: Histories): unknown {
  return {
    size: histories.size,
    people: everybody.map((one) => [one, histories.has(one), histories.aliasOf(one), bytesOf(histories.own(one))]),
    entries: [...histories.entries()].map(([one, history]) => [one, bytesOf(history)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
    outlines: [...histories.outlines()].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

describe('packed histories', () => {
  it('are what plain objects would be, whatever happens and however few may be open', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 150, size: 'max' }), fc.record({ histories: fc.integer({ min: 0, max: 6 }), moments: fc.integer({ min: 0, max: 90 }) }), (commands, limits) => {
        const names = createNames();
        const packed = createHistories(CUSTOM, { limits, names });
        const plain = plainHistories(CUSTOM);
        for (const [n, one] of commands.entries()) {
          expect(run(packed, one)).toEqual(run(plain, one));
          if (n % 10 === 0) expect(stateOf(packed)).toEqual(stateOf(plain));
        }
        expect(stateOf(packed)).toEqual(stateOf(plain));
        expect(everybody.map((one) => bytesOf(packed.find(one)))).toEqual(everybody.map((one) => bytesOf(plain.find(one))));
        expect(run(packed, { do: 'dirty' })).toEqual(run(plain, { do: 'dirty' }));
      }),
      { numRuns: 200 },
    );
  });

  it('come back with a thousand marks', () => {
    const packed = createHistories({}, { limits: { histories: 0, moments: 0 } });
    const plain = plainHistories();
    for (let n = 0; n < 5 * (SEEN_LIMIT + 20); n++) {
      const one: LogEvent = { id: 'e', type: n % 37 === 0 ? 'dislike' : 'view', user: ref(n % 5), item: `item-${n % 6_000}`, ts: 1.7e12 + n * 60_000 };
      for (const histories of [packed, plain]) histories.apply(one, { seq: 1e9 + n, index: n % 3 });
    }
    expect(plain.find(ref(1))?.seen.size).toBe(SEEN_LIMIT);
    for (const one of everybody) expect(bytesOf(packed.find(one))).toBe(bytesOf(plain.find(one)));
  });

  it('that were read and not changed are the same objects while they are open', () => {
    const histories = createHistories({}, { limits: { histories: 6, moments: 1_000 } });
    for (let n = 0; n < 20; n++) histories.apply({ id: 'e', type: 'view', user: ref(n), item: `item-${n}`, ts: n }, { seq: n, index: 0 });
    expect(histories.open).toBe(6);
    const opened = histories.find(ref(2));
    expect(histories.find(ref(2))).toBe(opened);
    expect(histories.open).toBe(6);
    for (let n = 10; n < 16; n++) histories.find(ref(n));
    expect(histories.find(ref(2))).not.toBe(opened);
    expect(histories.find(ref(2))).toEqual(opened);
  });

  it('are open as far as the limits go: by their number and by what is in them', () => {
    const open = (limits: { histories: number; moments: number }, marks: number): number => {
      const histories = createHistories({}, { limits });
      for (let n = 0; n < 50 * marks; n++) histories.apply({ id: 'e', type: 'view', user: ref(n % 50), item: `item-${n}`, ts: n }, { seq: n, index: 0 });
      return histories.open;
    };
    expect(open({ histories: 30, moments: 1e6 }, 3)).toBe(30);
    // Three marks and three events each.
    expect(open({ histories: 30, moments: 100 }, 3)).toBe(16);
    // The four used last stay open whatever is in them.
    expect(open({ histories: 30, moments: 100 }, 30)).toBe(4);
  });
});

/** As many histories as `limits` say are open; while `isFull` none can be packed. */
function limited(limits: { readonly histories: number; readonly moments: number }) {
  const [cells, names] = [createCells(), createNames()];
  const memory = { isFull: false };
  const put = (record: Uint8Array): number => {
    if (memory.isFull) throw new CapacityError('histories_full', 'there is no room');
    return cells.put(record);
  };
  return { memory, names, histories: createHistories(CUSTOM, { limits, names, cells: { ...cells, put } }) };
}

describe('histories for which there is no room', () => {
  it('are a CapacityError that loses nothing: what failed may be done again', () => {
    let failed = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(command, fc.boolean()), { maxLength: 150, size: 'max' }), fc.record({ histories: fc.integer({ min: 0, max: 6 }), moments: fc.integer({ min: 0, max: 90 }) }), (commands, limits) => {
        const { memory, names, histories } = limited(limits);
        const plain = plainHistories(CUSTOM);
        for (const [one, isFull] of commands) {
          memory.isFull = isFull;
          const isDone = attempt(() => expect(run(histories, one)).toEqual(run(plain, one)));
          memory.isFull = false;
          if (isDone) continue;
          failed++;
          expect(run(histories, one)).toEqual(run(plain, one));
          expect(stateOf(histories)).toEqual(stateOf(plain));
        }
        expect(stateOf(histories)).toEqual(stateOf(plain));
        expect(run(histories, { do: 'dirty' })).toEqual(run(plain, { do: 'dirty' }));
        for (const one of everybody) histories.touch(one, 1);
        histories.forget(() => true);
        expect(names.size).toBe(0);
      }),
      { numRuns: 60 },
    );
    expect(failed).toBeGreaterThan(100);
  });

  it('keep their newest events, and are not opened without limit meanwhile', () => {
    const { memory, names, histories } = limited({ histories: 5, moments: 1_000 });
    const visit = (n: number, seq: number): void => histories.apply({ id: 'e', type: 'view', user: ref(n), item: `item-${n}-${seq}`, ts: 1.7e12 + seq }, { seq, index: 0 });
    for (let n = 0; n < 20; n++) visit(n, n);
    // Of the five that are open now no record tells this.
    for (let n = 15; n < 20; n++) visit(n, 100 + n);
    const [records, before] = [names.size, everybodyOf(histories, 20)];
    memory.isFull = true;
    for (let n = 0; n < 15; n++) expect(() => histories.find(ref(n))).toThrow(CapacityError);
    expect(histories.open).toBe(5);
    expect(names.size).toBe(records);
    expect(everybodyOf(histories, 20)).toEqual(before);
    memory.isFull = false;
    for (let n = 0; n < 20; n++) expect(bytesOf(histories.find(ref(n)))).toBe(before[n]);
    histories.forget(() => true);
    expect(names.size).toBe(0);
  });

  it('may be events that are too many, and the error says so', () => {
    const histories = createHistories({}, { limits: { histories: 0, moments: 0 } });
    const seen = new Map(Array.from({ length: 9_000 }, (_, n) => [`item-${n}`, { ts: 1.7e12 + n * 1e9, seq: n, index: 0, refused: false }] as const));
    histories.load(ref(1), { events: [], seen, refusals: 0 });
    for (let n = 2; n < 5; n++) histories.ensure(ref(n));
    expect(() => histories.ensure(ref(5))).toThrow(/a history of \d+ bytes is longer than the 65536 that one may have/);
    expect(histories.own(ref(1))?.seen.size).toBe(9_000);
  });
});

/** Whether there was room. */
function attempt(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof CapacityError) return false;
    throw error;
  }
}

function everybodyOf(histories: Histories, people: number): (string | undefined)[] {
  return Array.from({ length: people }, (_, n) => bytesOf(histories.own(ref(n))));
}

describe('a shopper who is forgotten', () => {
  /** Thirty shoppers, packed but for the last four; and the memory that they lie in. */
  function site() {
    const slabs = new Set<Uint8Array>();
    const cells = createCells();
    const names = createNames();
    const noting = { ...cells, put: (record: Uint8Array) => note(cells.put(record)) };
    const note = (address: number): number => {
      slabs.add(cells.bytesOf(address));
      return address;
    };
    const histories = createHistories({}, { limits: { histories: 0, moments: 0 }, cells: noting, names });
    for (let n = 0; n < 300; n++) histories.apply({ id: 'e', type: n % 7 === 0 ? 'return' : 'purchase', user: ref(n % 30), item: `item-${n % 100}`, ts: 1.7e12 + n }, { seq: n, index: 0 });
    return { histories, names, slabs };
  }

  it('leaves no byte of what was packed', () => {
    const { histories, names, slabs } = site();
    const one = histories.own(ref(3));
    // Its first mark: no other shopper has its time.
    const record = Buffer.from(createPack(names, createKinds())(one ?? { events: [], seen: new Map(), refusals: 0 }));
    const isThere = (): boolean => [...slabs].some((slab) => Buffer.from(slab).includes(record.subarray(0, 11)));
    expect(isThere()).toBe(true);
    let first = true;
    const oldest = histories.forget(() => {
      const isFirst = first;
      first = false;
      return isFirst;
    });
    expect(oldest).toEqual([ref(0)]);
    expect(isThere()).toBe(true);
    histories.forget((touched) => touched <= 273);
    expect(histories.has(ref(3))).toBe(false);
    expect(isThere()).toBe(false);
    histories.forget(() => true);
    expect(histories.size).toBe(0);
    for (const slab of slabs) expect(slab.every((byte) => byte === 0)).toBe(true);
  });

  it('leaves no name that nobody else has had', () => {
    const { histories } = site();
    const names = createNames();
    const few = createHistories({}, { limits: { histories: 0, moments: 0 }, names });
    for (let n = 0; n < 60; n++) few.apply({ id: 'e', type: 'view', user: ref(n % 20), item: `item-of-${n % 20}`, ts: n }, { seq: n, index: 0 });
    expect(names.size).toBeGreaterThanOrEqual(16);
    few.forget((touched) => touched < 50);
    expect(names.find('item-of-9')).toBeUndefined();
    expect(names.find('item-of-10')).toBeDefined();
    few.forget(() => true);
    expect(names.size).toBe(0);
    expect(histories.size).toBe(30);
  });

  it('is somebody new when he comes back', () => {
    const { histories } = site();
    histories.forget(() => true);
    histories.apply({ id: 'e', type: 'view', user: ref(3), item: 'new', ts: 5 }, { seq: 1_000, index: 0 });
    expect(histories.find(ref(3))?.events.map(({ item }) => item)).toEqual(['new']);
    expect([...histories.outlines()]).toEqual([[ref(3), { events: 1, joined: false }]]);
  });
});
