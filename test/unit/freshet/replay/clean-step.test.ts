import { describe, expect, it } from 'vitest';
import { cleanAll } from 'freshet/replay/clean-step';

const T = Date.UTC(2020, 0, 1);

describe('cleanAll', () => {
  it('cleans as ingest does and counts what it rejects', () => {
    const { events, rejected, items } = cleanAll([
      { type: 'view', user_id: ' ann\u0000 ', item_id: 'cafe\u0301', timestamp: T },
      { type: 'juggle', user_id: 'ann', item_id: 'x', timestamp: T },
      { type: 'rate', user_id: 'ann', item_id: 'x', timestamp: T },
      { type: 'view', user_id: 'ann', item_id: 'x'.repeat(200), timestamp: T },
    ]);
    expect(events.map(({ item, ts }) => [item, ts])).toEqual([['caf\u00e9', T]]);
    expect(items).toBe(1);
    expect(rejected.reasons).toEqual({ 'unknown_type /type': 1, 'missing_field /value': 1, 'too_long /item_id': 1 });
  });

  it('gives the same person one reference, and a session of the same name another', () => {
    const view = { type: 'view', item_id: 'x', timestamp: T };
    const { events } = cleanAll([{ ...view, user_id: '7' }, { ...view, session_id: '7' }, { ...view, user_id: '7', session_id: '7' }]);
    const [person, session, both] = events;
    expect(person?.user).toMatch(/^[0-9a-f]{16}$/);
    expect(session?.user).not.toBe(person?.user);
    expect(both).toMatchObject({ user: person?.user, session: session?.user });
  });
});
