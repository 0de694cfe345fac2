/**
 * One deed of the shopper: sent, then awaited twice. Times are the browser's, from the click on, HTTP included.
 *
 * 1. `stored`: the answer 202. `listed`: her own list, which waits for the history alone (`wait_for=history`).
 *    `learned`: the model that everybody shares has learned the entry (`/v1/models/latest?after_sequence=`).
 * 2. The event has an id of its own, so a retry by a browser can't count twice.
 */
import { type Api, ApiError, pathOf } from './api.js';
import type { EventsAnswer, Latest, ListAnswer } from './answers.js';
import type { Deed } from './item-view.js';
import { randomId } from './shopper.js';
import type { Language } from './text.js';

export interface Ask {
  readonly user: string;
  readonly item: string;
  readonly deed: Deed;
  readonly price: number | undefined;
  /** When it was clicked, of `performance.now()`. */
  readonly at: number;
}

export interface Steps {
  stored(ms: number): void;
  listed(answer: ListAnswer, ms: number): void;
  /** `list`: as the new model ranks it. */
  learned(latest: Latest, ms: number): void;
  /** Not within LIMIT_MS. */
  late(): void;
}

const LIMIT_MS = 10_000;
const FIELDS = 'fields=title,brand,price,image_url,categories,attributes';

export interface ListWish {
  readonly limit: number;
  /** Of the reasons. */
  readonly language: Language;
}

/** `pathOf` the list with all the page shows of it. */
export function listPath(user: string, { limit, language }: ListWish): string {
  return `${pathOf('users', user, 'recommendations')}?limit=${limit}&explain=true&language=${language}&${FIELDS}`;
}

export function trendingPath(category: string | undefined, limit: number): string {
  return `/v1/trending?window=1h&limit=${limit}&${FIELDS}${category === undefined ? '' : `&category=${encodeURIComponent(category)}`}`;
}

/** Rejects when the event isn't taken. */
export async function act(api: Api, { user, item, deed, price, at }: Ask, { steps, wish }: { readonly steps: Steps; readonly wish: ListWish }): Promise<void> {
  const bought = deed === 'purchase' ? { quantity: 1, ...(price === undefined ? {} : { price }) } : {};
  const answer = await api.post<EventsAnswer>('/v1/events', [{ id: randomId('console-'), type: deed, user_id: user, item_id: item, ...bought }]);
  const [result] = answer.items;
  if (answer.sequence === undefined || result?.status !== 'accepted') throw new ApiError('refused', result?.problem?.detail ?? result?.status ?? '', { status: 202, code: 'not_accepted' });
  const since = (): number => performance.now() - at;
  steps.stored(since());
  const sequence = answer.sequence;
  const list = api.get<ListAnswer>(`${listPath(user, wish)}&after_sequence=${sequence}&wait_for=history`).then((listed) => steps.listed(listed, since()));
  const model = whenLearned(api, sequence, at).then((latest) => (latest === undefined ? steps.late() : steps.learned(latest, since())));
  await Promise.all([list, model]);
}

/** The server waits up to a second; asked again until it has come. */
async function whenLearned(api: Api, sequence: number, at: number): Promise<Latest | undefined> {
  while (performance.now() - at < LIMIT_MS) {
    try {
      return await api.get<Latest>(`/v1/models/latest?after_sequence=${sequence}`);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
    }
  }
  return undefined;
}
