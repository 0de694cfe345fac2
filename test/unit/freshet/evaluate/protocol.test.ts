import { describe, expect, it } from 'vitest';
import { holdOut, planEvaluation } from 'freshet/evaluate/protocol';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';

let made = 0;
const event = (user: string, item: string): LogEvent => ({ id: `e${made}`, type: 'view', user: user.padStart(16, '0') as UserRef, item, ts: 1_700_000_000_000 + 1_000 * made++ });
const items = (events: readonly LogEvent[]) => events.map(({ item }) => item);
const tallies = [] as const;

describe('planEvaluation', () => {
  const train = [event('1', 'a'), event('1', 'b'), event('2', 'a')];
  const test = [event('3', 'a'), event('3', 'new'), event('3', 'b')];

  it('sessions: drops test events of items that training doesn’t have, and counts them', () => {
    const plan = planEvaluation({ train, dev: [], test, tallies }, 'sessions');
    expect(items(plan.test)).toEqual(['a', 'b']);
    expect(plan).toMatchObject({ unknown: 1, catalogue: ['a', 'b'] });
  });

  it('leave-one-out: tests them, with every item of any file in the catalogue', () => {
    const plan = planEvaluation({ train, dev: [event('1', 'c')], test, tallies }, 'leave-one-out');
    expect(items(plan.test)).toEqual(['a', 'new', 'b']);
    expect(plan).toMatchObject({ unknown: 1, catalogue: ['a', 'b', 'c', 'new'] });
  });
});

describe('holdOut', () => {
  it('sessions: the tenth of the sessions that ended last, whole', () => {
    const train = Array.from({ length: 20 }, (_, n) => [event(String(n), 'a'), event(String(n), 'b')]).flat();
    const reopened = [...train, event('0', 'c')];
    const held = holdOut(reopened, 'sessions');
    expect(items(held.test)).toEqual(['a', 'b', 'a', 'b', 'c']);
    expect(held.train).toHaveLength(36);
  });

  it('leave-one-out: the last event of each user who has three', () => {
    const train = [event('1', 'a'), event('2', 'a'), event('1', 'b'), event('1', 'c'), event('2', 'b')];
    const held = holdOut(train, 'leave-one-out');
    expect(items(held.test)).toEqual(['c']);
    expect(items(held.train)).toEqual(['a', 'a', 'b', 'b']);
  });
});
