/**
 * Rejected events as dead letters. What is kept can be taken in later, once: an event without an id is kept with the one it
 * would have got, so that two letters of the same event (a retry, a job delivered again) are one event.
 */
import type { Problem } from '../clean/problem.js';
import type { Rejects } from '../rejects.js';

/** Rejected items of one request that are kept; the answer tells about all. */
const LETTERS_PER_REQUEST = 100;

export interface Rejected {
  /** What was sent: a value, or text that is none. */
  readonly sent: readonly ({ readonly value: unknown } | { readonly text: string })[];
  /** What became of it. */
  readonly items: readonly { readonly index: number; readonly status: string; readonly problem?: Problem }[];
  readonly source: string;
  /** The id that the event at this index gets when it has none. */
  readonly idFor: (index: number) => string;
}

export function keepRejected({ sent, items, source, idFor }: Rejected, rejects: Rejects): void {
  let kept = 0;
  for (const { index, status, problem } of items) {
    if (status !== 'rejected' || problem === undefined) continue;
    if (kept++ >= LETTERS_PER_REQUEST) return;
    const one = sent[index];
    const payload = one === undefined ? '' : 'text' in one ? one.text : JSON.stringify(withId(one.value, () => idFor(index)));
    rejects.add({ queue: 'ingest', source, ...problem, payload });
  }
}

function withId(value: unknown, makeId: () => string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const id: unknown = 'id' in value ? value.id : undefined;
  // An id that isn't a text is what was wrong with it, perhaps: left as it was sent.
  return id === undefined || id === null || id === '' ? { ...value, id: makeId() } : value;
}
