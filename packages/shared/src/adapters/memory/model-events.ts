/** The model's events in memory: for unit tests. */
import type { Clock } from '../../ports/clock.js';
import { type ModelEvents, REASON_CHARS, type StoredModelEvent } from '../../ports/model-events.js';

export function memoryModelEvents(clock: Clock): ModelEvents {
  let kept: StoredModelEvent[] = [];
  let next = 1;
  const add: ModelEvents['add'] = (event) => {
    kept.push({ ...event, reason: event.reason.slice(0, REASON_CHARS), id: next++, at: clock.now() });
    return Promise.resolve();
  };
  return {
    add,
    async addOnce(event, withinMs) {
      if (kept.some(({ kind, at }) => kind === event.kind && at > clock.now() - withinMs)) return false;
      await add(event);
      return true;
    },
    list: (limit, before = Number.MAX_SAFE_INTEGER) => Promise.resolve(kept.filter(({ id }) => id < before).reverse().slice(0, limit)),
    trim(maxCount, maxAgeMs) {
      const before = kept.length;
      kept = kept.slice(-maxCount).filter(({ at }) => at >= clock.now() - maxAgeMs);
      return Promise.resolve(before - kept.length);
    },
  };
}
