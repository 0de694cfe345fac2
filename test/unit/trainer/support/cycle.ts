/** Shoppers who walk through a ring of items, one step an event: what comes next is certain, so any learner must find it. */
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { DEFAULT_MODEL, type ModelConfig } from '@freshet/shared/domain/model-config';
import type { LearnerEvent } from '@freshet/trainer/learner/port';

export const RING = 12;
export const SMALL: ModelConfig = { ...DEFAULT_MODEL, dim: 16, negatives: 8 };
export const BEGIN = Date.UTC(2024, 0, 1);

export function step(n: number, user: number, item: number | string): LearnerEvent {
  const event: LogEvent = {
    id: `e-${n}`,
    type: 'view',
    user: user.toString(16).padStart(16, '0') as UserRef,
    item: typeof item === 'number' ? `item-${item}` : item,
    ts: BEGIN + n * 60_000,
  };
  return { event, seq: 1 + n, index: 0 };
}

/** `count` events of five shoppers, in turn. */
export function walk(count: number): LearnerEvent[] {
  return Array.from({ length: count }, (_, n) => step(n, n % 5, (Math.floor(n / 5) + 3 * (n % 5)) % RING));
}
