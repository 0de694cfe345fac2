import { cleanEvent, type EventContext } from '@freshet/ingest/clean/event';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const NOW = Date.UTC(2026, 10, 22, 18, 30);
const context: EventContext = { receivedAt: NOW, customTypes: { wishlist: 2 }, makeId: () => 'made' };
const view = { id: 'e1', type: 'view', user_id: 'u1', item_id: 'i1', timestamp: NOW };

function accepted(raw: unknown) {
  const result = cleanEvent(raw, context);
  if (!result.ok) throw new Error(`${result.problem.code} ${result.problem.pointer}: ${result.problem.detail}`);
  return result.value;
}

function problem(raw: unknown) {
  const result = cleanEvent(raw, context);
  return result.ok ? 'accepted' : `${result.problem.code} ${result.problem.pointer}`;
}

describe('cleaning an event', () => {
  it('keeps a clean event as it is', () => {
    expect(accepted(view)).toEqual({ event: { id: 'e1', type: 'view', item: 'i1', ts: NOW }, userId: 'u1', sessionId: undefined, dropped: 0 });
  });

  it('gives an event without an id the one made for it', () => {
    expect(accepted({ ...view, id: undefined }).event.id).toBe('made');
    expect(accepted({ ...view, id: ' \u0000 ' }).event.id).toBe('made');
  });

  it('normalises to NFC, trims, drops control characters and keeps case', () => {
    const { event, userId } = accepted({ ...view, type: 'review', user_id: ' Zoe\u0308\u0000 ', item_id: 'ABC-\u0007x', text: 'good\n\tbut\ud800 late ' });
    expect(userId).toBe('Zo\u00eb');
    expect(event).toMatchObject({ item: 'ABC-x', text: 'good but\ufffd late' });
  });

  it('keeps of a list’s token the part that names the list, and a shop’s own id as it is', () => {
    expect(accepted({ ...view, recommendation_id: ` rec_${'aB-_'.repeat(50)} ` }).event.recommendation_id).toBe('rec_aB-_aB-_aB-_aB-_');
    expect(accepted({ ...view, recommendation_id: 'newsletter 7' }).event.recommendation_id).toBe('newsletter 7');
  });

  it('treats null as absent', () => {
    expect(accepted({ ...view, value: null, session_id: null }).event).not.toHaveProperty('value');
    expect(problem({ ...view, user_id: null })).toBe('missing_field /user_id');
  });

  it('drops and counts fields that nobody knows, __proto__ included', () => {
    const raw: unknown = JSON.parse(`{"id":"e1","type":"view","user_id":"u1","item_id":"i1","colour":"red","__proto__":{"polluted":true}}`);
    const { event, dropped } = accepted(raw);
    expect(dropped).toBe(2);
    expect(Object.keys(event).sort()).toEqual(['id', 'item', 'ts', 'type']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['milliseconds', NOW - 5_000, NOW - 5_000],
    ['seconds', (NOW - 5_000) / 1_000, NOW - 5_000],
    ['fractions of seconds', (NOW - 5_250) / 1_000, NOW - 5_250],
    ['RFC 3339 in UTC', '2026-11-22T18:00:00Z', NOW - 30 * 60_000],
    ['RFC 3339 with an offset', '2026-11-22t19:00:00.5+01:00', NOW - 30 * 60_000 + 500],
    ['nothing', undefined, NOW],
    ['five minutes ahead', NOW + 300_000, NOW + 300_000],
  ])('understands a timestamp given as %s', (_, timestamp, expected) => {
    expect(accepted({ ...view, timestamp }).event.ts).toBe(expected);
  });

  it.each([
    ['more than five minutes in the future', NOW + 300_001, 'timestamp_in_future /timestamp'],
    ['in microseconds', NOW * 1_000, 'timestamp_in_future /timestamp'],
    ['a second that leaps', '2016-12-31T23:59:60Z', 'bad_timestamp /timestamp'],
    ['24 o’clock', '2026-11-21T24:00:00Z', 'bad_timestamp /timestamp'],
    ['in the future, in seconds', NOW / 1_000 + 3_600, 'timestamp_in_future /timestamp'],
    ['before 2000', Date.UTC(1999, 11, 31), 'timestamp_too_old /timestamp'],
    ['zero', 0, 'timestamp_too_old /timestamp'],
    ['negative', -1, 'timestamp_too_old /timestamp'],
    ['a text without a zone', '2026-11-22T18:00:00', 'bad_timestamp /timestamp'],
    ['30 February', '2026-02-30T00:00:00Z', 'bad_timestamp /timestamp'],
    ['not a time', 'yesterday', 'bad_timestamp /timestamp'],
    ['a list', [1], 'wrong_type /timestamp'],
  ])('rejects a timestamp that is %s', (_, timestamp, expected) => {
    expect(problem({ ...view, timestamp })).toBe(expected);
  });

  it.each([
    [[], 'not_an_object '],
    ['view', 'not_an_object '],
    [null, 'not_an_object '],
    [{ user_id: 'u1', item_id: 'i1' }, 'missing_field /type'],
    [{ ...view, type: 'teleport' }, 'unknown_type /type'],
    [{ ...view, type: 'constructor' }, 'unknown_type /type'],
    [{ ...view, user_id: undefined }, 'missing_field /user_id'],
    [{ ...view, user_id: '  ', session_id: '' }, 'missing_field /user_id'],
    [{ ...view, user_id: 42 }, 'wrong_type /user_id'],
    [{ ...view, item_id: undefined }, 'missing_field /item_id'],
    [{ ...view, id: 'x'.repeat(129) }, 'too_long /id'],
    [{ ...view, type: 'review', text: 'x'.repeat(10_001) }, 'too_long /text'],
    [{ ...view, price: '12' }, 'wrong_type /price'],
    [{ ...view, price: Number.POSITIVE_INFINITY }, 'wrong_type /price'],
    [{ ...view, price: -0.01 }, 'out_of_range /price'],
    [{ ...view, price: 1e12 + 1 }, 'out_of_range /price'],
    [{ ...view, amount: -1e15 - 1 }, 'out_of_range /amount'],
    [{ ...view, quantity: 1e300 }, 'out_of_range /quantity'],
    [{ ...view, position: -1 }, 'out_of_range /position'],
    [{ ...view, type: 'rate' }, 'missing_field /value'],
    [{ ...view, type: 'survey' }, 'missing_field /value'],
    [{ ...view, type: 'transaction' }, 'missing_field /amount'],
  ])('rejects what is wrong and names the place (case %#)', (raw, expected) => {
    expect(problem(raw)).toBe(expected);
  });

  it('accepts what each type needs and no more', () => {
    expect(problem({ type: 'search', session_id: 's', query: 'blue mug' })).toBe('accepted');
    expect(problem({ type: 'rate', user_id: 'u', item_id: 'i', value: 0 })).toBe('accepted');
    expect(problem({ type: 'transaction', user_id: 'u', amount: 12.5 })).toBe('accepted');
    expect(problem({ type: 'wishlist', user_id: 'u', item_id: 'i' })).toBe('accepted');
  });

  it('takes what came back: a negative quantity and amount', () => {
    expect(accepted({ ...view, type: 'transaction', amount: -12.5, quantity: -1, price: 0 }).event).toMatchObject({ amount: -12.5, quantity: -1, price: 0 });
  });

  it('names the unit that a timestamp seems to be in, and doesn’t guess', () => {
    const detail = (timestamp: number): string => {
      const result = cleanEvent({ ...view, timestamp }, context);
      return result.ok ? '' : result.problem.detail;
    };
    expect(detail(NOW * 1_000)).toContain('looks like microseconds');
    expect(detail(NOW * 1_000_000)).toContain('looks like nanoseconds');
    expect(detail(NOW * 2)).toBe('The timestamp is more than five minutes in the future.');
  });

  it('counts characters, not UTF-16 units', () => {
    expect(problem({ ...view, id: '😀'.repeat(128) })).toBe('accepted');
    expect(problem({ ...view, id: '😀'.repeat(129) })).toBe('too_long /id');
  });

  it('never throws, whatever JSON it gets, and its result is finite, bounded and names only known fields', () => {
    const field = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.double(), fc.constant(null), fc.jsonValue());
    const raw = fc.dictionary(fc.constantFrom('id', 'type', 'user_id', 'session_id', 'item_id', 'timestamp', 'value', 'text', 'query', 'x', '__proto__'), field);
    const lucky = fc.record({ ...Object.fromEntries(['user_id', 'item_id', 'text', 'query'].map((name) => [name, fc.string({ unit: 'binary', minLength: 1 })])), type: fc.constant('review') });
    fc.assert(
      fc.property(fc.oneof(raw, lucky, fc.jsonValue()), (value) => {
        const result = cleanEvent(value, context);
        if (!result.ok) return result.problem.detail !== '';
        const { event } = result.value;
        expect(JSON.parse(JSON.stringify(event))).toEqual(event);
        // Cleaning what was cleaned changes nothing.
        const again = cleanEvent({ ...event, item_id: event.item, timestamp: event.ts, user_id: result.value.userId, session_id: result.value.sessionId }, context);
        expect(again).toMatchObject({ ok: true, value: { event, userId: result.value.userId, sessionId: result.value.sessionId } });
        return Object.values(event).every((one) => typeof one !== 'string' || !/\p{Cc}|\p{Cs}/u.test(one));
      }),
      { numRuns: 500 },
    );
  });
});
