/** What the budget is told of a round's entries. */
import type { LogEntry } from '@freshet/shared/domain/entry';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { isFull, lagOf } from '@freshet/trainer/budget/round';
import { expect, it } from 'vitest';

const event: LogEvent = { id: 'e', type: 'view', user: '0000000000000001' as UserRef, item: 'mug', ts: 0 };
const entry = (receivedAt: number, events: number, historical = false): LogEntry => ({ kind: 'events', events: Array.from({ length: events }, () => event), seq: 1, source: 'http', receivedAt, historical });
const described: LogEntry = { kind: 'catalogue', changes: [{ op: 'put', id: 'mug', fields: {} }], seq: 1, source: 'http', receivedAt: 100, historical: false };

it('is late by the oldest event that somebody waits for: no heartbeat, no back-filled one, nothing of the catalogue', () => {
  expect(lagOf([entry(900, 2), entry(700, 1), entry(200, 5, true), entry(150, 0), described], 1_000)).toBe(300);
  expect(lagOf([entry(200, 5, true), entry(150, 0), described], 1_000)).toBeUndefined();
  expect(lagOf([entry(2_000, 1)], 1_000)).toBe(0);
});

it('is full by all its items', () => {
  expect(isFull([entry(1, 3), described], 4)).toBe(true);
  expect(isFull([entry(1, 3), described], 5)).toBe(false);
});
