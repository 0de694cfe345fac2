/** Dead letters in memory: for unit tests and dry runs. Ages are not kept; `trim` holds the number only. */
import { DEAD_LETTER_CHARS, type DeadLetters, type StoredDeadLetter } from '../../ports/dead-letters.js';

export function memoryDeadLetters(): DeadLetters {
  let letters: StoredDeadLetter[] = [];
  let next = 1;
  return {
    add(added) {
      for (const letter of added) letters.push({ ...letter, payload: letter.payload.slice(0, DEAD_LETTER_CHARS), id: next++, refusedAt: 0 });
      return Promise.resolve();
    },
    list: (limit, before = Number.MAX_SAFE_INTEGER) => Promise.resolve(letters.filter((l) => l.id < before).reverse().slice(0, limit)),
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
