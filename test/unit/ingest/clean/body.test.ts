import { eventBody } from '@freshet/ingest/clean/body';
import { EVENT_FIELDS, type RawEvent } from '@freshet/ingest/clean/event-schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const event = { id: 'e', type: 'view', user_id: 'u', item_id: 'i', price: 3.5, timestamp: 1_790_000_000_000 };

const text = fc.option(fc.string({ unit: 'binary' }), { nil: undefined });
const number = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined });

describe('the body by which an event is recognised', () => {
  it('is the same in any order of fields, with fields nobody reads, and with null for absent', () => {
    const shuffled = Object.fromEntries(Object.entries(event).toReversed()) as unknown as RawEvent;
    const padded = { ...shuffled, ours: { b: 1, a: 2 }, text: null } as unknown as RawEvent;
    expect(eventBody(shuffled)).toBe(eventBody(event));
    expect(eventBody(padded)).toBe(eventBody(event));
  });

  it('differs with each field, and with the field a value stands in', () => {
    const others: RawEvent[] = [
      { ...event, id: 'f' }, { ...event, type: 'cart' }, { ...event, price: 3 }, { ...event, timestamp: '2026-11-22T18:30:00Z' },
      { ...event, query: 'x' }, { ...event, query_id: 'x' }, { ...event, quantity: 3.5 },
    ];
    expect(new Set([event, ...others].map(eventBody)).size).toBe(others.length + 1);
  });

  it('is the JSON of the values, whatever characters are in them', () => {
    fc.assert(
      fc.property(fc.record({ id: text, type: fc.string({ unit: 'binary' }), item_id: text, query: text, timestamp: fc.oneof(text, number), price: number, position: number }), (fields) => {
        const sent: RawEvent = JSON.parse(JSON.stringify(fields)) as RawEvent;
        const values: unknown[] = [...EVENT_FIELDS].map((field) => (sent as Readonly<Record<string, unknown>>)[field] ?? null);
        while (values.at(-1) === null) values.pop();
        expect(eventBody(sent)).toBe(JSON.stringify(values));
      }),
    );
  });

  it('is stored as a hash: it stays what it was, and a later field at the end leaves it alone', () => {
    expect(eventBody({ id: 'e1', type: 'view', user_id: 'ada', item_id: 'mug', timestamp: 5 })).toBe('["e1","view","ada",null,"mug",5]');
  });
});
