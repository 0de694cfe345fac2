/** Dead letters in memory: for unit tests and dry runs. `trim` holds the number only, no ages. */
import { DEAD_LETTER_CHARS, type DeadLetters, type StoredDeadLetter } from '../../ports/dead-letters.js';

export function memoryDeadLetters(now: () => number = () => 0): DeadLetters {
  let letters: StoredDeadLetter[] = [];
  let next = 1;
  return {
    add(added) {
      for (const letter of added) letters.push({ ...letter, payload: letter.payload.slice(0, DEAD_LETTER_CHARS), id: next++, refusedAt: now() });
      return Promise.resolve();
    },
    list({ limit, queue, code, before = Number.MAX_SAFE_INTEGER, after }) {
      const wanted = letters.filter((l) => (queue ?? l.queue) === l.queue && (code ?? l.code) === l.code && l.id < before && l.id > (after ?? 0));
      return Promise.resolve((after === undefined ? wanted.reverse() : wanted).slice(0, limit));
    },
    find: (ids) => Promise.resolve(letters.filter((l) => ids.includes(l.id))),
    remove(ids) {
      const kept = letters.filter((l) => !ids.includes(l.id));
      const removed = letters.length - kept.length;
      letters = kept;
      return Promise.resolve(removed);
    },
    counts() {
      const counts = new Map<string, number>();
      for (const { queue } of letters) counts.set(queue, (counts.get(queue) ?? 0) + 1);
      return Promise.resolve(counts);
    },
    trim(maxCount) {
      const kept = letters.slice(Math.max(0, letters.length - maxCount));
      const deleted = letters.length - kept.length;
      letters = kept;
      return Promise.resolve(deleted);
    },
  };
}
