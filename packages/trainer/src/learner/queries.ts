/**
 * What shoppers have asked for and not yet taken: the words of each one's last search, until an item answers it.
 *
 * 1. A search is answered by the shopper's next positive event within ANSWER_MS, once; by each of them that carries its `query_id`.
 * 2. The searches of SHOPPERS are kept; beyond it the oldest is forgotten. A restart forgets them all.
 */
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';

export interface Queries {
  /** `words`: rows of the query's words. */
  ask(event: LogEvent, words: readonly number[]): void;
  /** The words of the search that this event answers, or none. */
  answer(event: LogEvent): readonly number[];
  clear(): void;
}

interface Asked {
  readonly ts: number;
  readonly id: string | undefined;
  readonly words: readonly number[];
  answered: boolean;
}

const ANSWER_MS = 30 * 60_000;
const SHOPPERS = 100_000;
const NOTHING: readonly number[] = [];

export function createQueries(): Queries {
  const asked = new Map<UserRef, Asked>();
  return {
    ask({ user, ts, query_id: id }, words) {
      asked.delete(user);
      if (words.length === 0) return;
      asked.set(user, { ts, id, words, answered: false });
      const oldest = asked.size > SHOPPERS ? asked.keys().next().value : undefined;
      if (oldest !== undefined) asked.delete(oldest);
    },
    answer({ user, ts, query_id: id }) {
      const search = asked.get(user);
      if (search === undefined || ts < search.ts) return NOTHING;
      const named = id !== undefined && id === search.id;
      if (ts - search.ts > ANSWER_MS && !named) {
        asked.delete(user);
        return NOTHING;
      }
      if (search.answered && !named) return NOTHING;
      search.answered = true;
      return search.words;
    },
    clear: () => asked.clear(),
  };
}
