/**
 * An item that all three answers show: a shopper's list, the items similar to another one, and a search for its number, which few titles have (its
 * other words all of them have). Each is asked on a connection of its own.
 */
import { FreshetError } from '@freshet/shared/errors';
import { type Caller, createCaller } from '../load/caller.js';
import type { Target } from '../load/connection.js';
import { type Shoppers, userId } from '../traffic/shoppers.js';

export const ANSWERS = ['recommendations', 'similar', 'search'] as const;
export type Answer = (typeof ANSWERS)[number];

export interface Places {
  readonly target: Target;
  readonly shoppers: Shoppers;
}

export interface Subject {
  readonly id: string;
  isShown(answer: Answer, filter: object | undefined): Promise<boolean>;
  close(): void;
}

/** Of an answer. */
const LIMIT = 100;
/** Of a shopper's list the item that is changed stands among so many. */
const BEST = 20;
const TRIES = 200;

/** `n`: another one each time. */
export async function findSubject(places: Places, n: number): Promise<Subject> {
  const caller = createCaller(places.target);
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const subject = await subjectFor(places, caller, userId(places.shoppers.next().user), n + attempt);
      if (subject === undefined) continue;
      if (await isShownEverywhere(subject)) return subject;
      subject.close();
    }
  } finally {
    caller.close();
  }
  throw new FreshetError('bench_fill', `none of ${TRIES} shoppers has an item in his list that similar items and a search show, too`);
}

async function subjectFor({ target }: Places, caller: Caller, user: string, n: number): Promise<Subject | undefined> {
  const best = idsOf(await caller.postJson('/v1/recommendations', { user_id: user, limit: BEST }));
  const id = best[n % BEST];
  const [like] = id === undefined ? [] : idsOf(await caller.getJson(`/v1/items/${id}/similar?limit=1`));
  if (id === undefined || like === undefined) return undefined;
  const number = String(Number(id.slice(id.indexOf('-') + 1)));
  const callers = { recommendations: createCaller(target), similar: createCaller(target), search: createCaller(target) };
  const ask: Readonly<Record<Answer, (filter: object | undefined) => Promise<Readonly<Record<string, unknown>>>>> = {
    recommendations: (filter) => callers.recommendations.postJson('/v1/recommendations', { user_id: user, limit: LIMIT, ...(filter && { filter }) }),
    similar: (filter) => callers.similar.getJson(`/v1/items/${like}/similar?limit=${LIMIT}${filter === undefined ? '' : `&filter=${encodeURIComponent(JSON.stringify(filter))}`}`),
    search: (filter) => callers.search.postJson('/v1/search', { q: number, limit: LIMIT, ...(filter && { filter }) }),
  };
  return {
    id,
    isShown: async (answer, filter) => idsOf(await ask[answer](filter)).includes(id),
    close: () => Object.values(callers).forEach((one) => one.close()),
  };
}

async function isShownEverywhere(subject: Subject): Promise<boolean> {
  for (const answer of ANSWERS) if (!(await subject.isShown(answer, undefined))) return false;
  return true;
}

function idsOf({ items }: Readonly<Record<string, unknown>>): readonly string[] {
  return (items as readonly { readonly id: string }[]).map(({ id }) => id);
}
