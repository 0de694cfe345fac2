/**
 * The laws of cleaning, for whatever JSON can hold: a value is accepted or rejected with a documented code and a pointer into
 * it, nothing is thrown, and what was accepted is a fixed point: cleaned again, also after a trip through JSON, it is the same.
 */
import { cleanBatchItem, cleanChange } from '@freshet/ingest/clean/change';
import { cleanEvent, type CleanEvent, type EventContext } from '@freshet/ingest/clean/event';
import { EVENT_FIELDS } from '@freshet/ingest/clean/event-schema';
import { ITEM_FIELDS } from '@freshet/ingest/clean/item-schema';
import { isTooDeep } from '@freshet/ingest/clean/nesting';
import type { Cleaned } from '@freshet/ingest/clean/problem';
import { decodePayload, encodePayload } from '@freshet/shared/codec/payload';
import type { CatalogueChange, EntryBody } from '@freshet/shared/domain/entry';
import { EVENT_TYPES, type UserRef } from '@freshet/shared/domain/event';
import { EARLIEST_MS, FUTURE_TOLERANCE_MS, readTimestamp } from '@freshet/shared/domain/timestamp';
import { PROBLEMS } from '@freshet/shared/http/problems/catalogue';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const NOW = Date.UTC(2026, 10, 22, 18, 30);
const context: EventContext = { receivedAt: NOW, customTypes: {}, makeId: () => 'made' };
const ITEM_CODES = new Set<string>(PROBLEMS.filter((problem) => problem.item === true || problem.code === 'id_mismatch').map(({ code }) => code));

/** Texts that cleaning has something to do about: controls, halves of pairs, marks that combine, directions, long ones. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', ' ', '\u0000', '\u0301', '\u0344', '\ud800', '\u202e', '\u2028', '\ufeff', '😀', '/', '%') }),
  fc.integer({ min: 60, max: 600 }).map((length) => '\u0344'.repeat(length)),
  fc.constantFrom('__proto__', 'constructor', 'null', 'NaN', ''),
);
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, 1e15, 1e16, -1e16, 2 ** 53 + 2, 5e-324, Number.MAX_VALUE, NOW, NOW / 1_000, NOW * 1_000));
const anything = fc.oneof(text, number, fc.boolean(), fc.constant(null), fc.array(text, { maxLength: 5 }), fc.jsonValue({ maxDepth: 3 }));
const name = (known: ReadonlySet<string>) => fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: text });

/** Half of them have what an event needs, so that the other fields get their turn. */
const events = fc
  .tuple(fc.boolean(), fc.dictionary(name(EVENT_FIELDS), anything, { maxKeys: 5 }), fc.constantFrom(...Object.keys(EVENT_TYPES)), text)
  .map(([likely, fields, type, id]): unknown => (likely ? { value: 1, amount: 1, item_id: `i${id}`, user_id: `u${id}`, ...fields, timestamp: NOW, type } : fields));
const attributes = fc.dictionary(text, fc.oneof({ weight: 9, arbitrary: fc.oneof(text, number, fc.boolean(), fc.array(text, { maxLength: 3 })) }, anything), { maxKeys: 4 });
const items = fc
  .tuple(fc.boolean(), fc.dictionary(name(new Set([...ITEM_FIELDS, 'id', 'op'])), anything, { maxKeys: 8 }), attributes)
  .map(([likely, fields, more]): unknown => (likely ? { title: 'Mug', attributes: more, price: 3, ...(fields['brand'] === undefined ? {} : { brand: fields['brand'] }), id: 'i', op: 'put' } : fields));

/** What a sender could have written: through JSON text and back. */
function asSent(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? 'null') as unknown;
}

function expectDocumented<T>(result: Cleaned<T>): void {
  if (result.ok) return;
  const { code, pointer, detail } = result.problem;
  expect(ITEM_CODES).toContain(code);
  expect(pointer === '' || pointer.startsWith('/')).toBe(true);
  expect(detail).not.toBe('');
}

function resent({ event, userId, sessionId }: CleanEvent): unknown {
  const { item, ts, ...same } = event;
  return asSent({ ...same, item_id: item, timestamp: ts, user_id: userId, session_id: sessionId });
}

describe('cleaning an event', () => {
  it('accepts it or rejects it with a documented code, and what it accepts is a fixed point', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: events }, fc.jsonValue()), (value) => {
        const result = cleanEvent(asSent(value), context);
        expectDocumented(result);
        if (!result.ok) return;
        accepted++;
        expect(cleanEvent(resent(result.value), context)).toEqual({ ok: true, value: { ...result.value, dropped: 0 } });
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('makes what the log gives back to its readers, to the last field: who keeps it in memory has the same', () => {
    let accepted = 0;
    fc.assert(
      fc.property(events, (value) => {
        const result = cleanEvent(asSent(value), context);
        if (!result.ok) return;
        accepted++;
        const body: EntryBody = { kind: 'events', events: [{ ...result.value.event, user: '0123456789abcdef' as UserRef }] };
        expect(decodePayload('events', encodePayload(body))).toStrictEqual(body);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(20);
  });
});

describe('cleaning a change of the catalogue', () => {
  const again = (change: CatalogueChange): Cleaned<CatalogueChange> => cleanBatchItem(asSent(change.op === 'delete' ? change : { ...change.fields, id: change.id, op: change.op }));

  it('accepts it or rejects it with a documented code, and what it accepts is a fixed point', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: items }, fc.jsonValue()), (value) => {
        const result = cleanBatchItem(asSent(value));
        expectDocumented(result);
        if (!result.ok) return;
        accepted++;
        expect(again(result.value)).toEqual(result);
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('says the same of an item alone and in a batch', () => {
    fc.assert(
      fc.property(fc.constantFrom('put' as const, 'patch' as const), text, attributes, (op, id, fields) => {
        const raw = asSent({ title: 'Mug', attributes: fields }) as object;
        expect(cleanBatchItem({ ...raw, id, op })).toEqual(cleanChange({ op, id, raw }));
      }),
      { numRuns: 500 },
    );
  });
});

it('a timestamp is whole milliseconds between 2000 and five minutes from now, or refused', () => {
  fc.assert(
    fc.property(fc.oneof(number, text, fc.date({ noInvalidDate: true }).map((date) => date.toISOString())), (raw) => {
      const reading = readTimestamp(raw, NOW);
      if (!reading.ok) {
        expect(ITEM_CODES).toContain(reading.code);
        return;
      }
      expect(Number.isSafeInteger(reading.ms)).toBe(true);
      expect(reading.ms >= EARLIEST_MS && reading.ms <= NOW + FUTURE_TOLERANCE_MS).toBe(true);
      expect(readTimestamp(reading.ms, NOW)).toEqual(reading);
    }),
    { numRuns: 2_000 },
  );
});

it('depth is found without walking deeper than its limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 64 }), fc.boolean(), (depth, lists) => {
      let value: unknown = 1;
      for (let n = 0; n < depth; n++) value = lists ? [value] : { a: value };
      expect(isTooDeep(value)).toBe(depth > 32);
    }),
  );
});
