/**
 * A shopper's own history: the events his lists are made from, and the items he has refused, newest first.
 *
 * 1. It is what this process ranks with: an event shows here in the same moment in which it changes his lists.
 * 2. A stranger has an empty one; nobody is a 404.
 * Leaves out events without an item and those without a meaning for the model (`impression`, `search`, …): no history holds them.
 */
import type { UserRef } from '@freshet/shared/domain/event';
import { compareMoments, type History, type Moment } from '@freshet/shared/domain/history';
import type { HttpReply, RouteRegistrar } from '@freshet/shared/http/route';
import type { Engine } from '../engine.js';
import { cleanId } from './ids.js';
import { DEFAULT_LIMIT, HistoryAnswer, HistoryQuery, UserParams } from './schemas.js';
import { reachLog } from './waiting.js';

interface Wish {
  readonly user: string;
  readonly limit: number;
}

interface Shown extends Moment {
  readonly type: string;
  readonly item: string;
}

export function registerHistory(http: RouteRegistrar, engine: () => Engine): void {
  http.route({
    method: 'GET',
    path: '/v1/users/{user_id}/history',
    operationId: 'getHistory',
    summary: 'What a shopper did last, as this process ranks with it',
    tags: ['answers'],
    params: UserParams,
    query: HistoryQuery,
    responses: { 200: HistoryAnswer },
    example: { params: { user_id: 'ada' }, query: { limit: 5 } },
    handler: async ({ params, query }) => {
      const wish = { user: cleanId(params.user_id, '/path/user_id'), limit: query.limit ?? DEFAULT_LIMIT };
      await reachLog(engine(), query.after_sequence);
      return answer(engine(), wish, await fetchPerson(engine(), wish.user));
    },
  });
}

async function fetchPerson(engine: Engine, id: string): Promise<UserRef | undefined> {
  const ref = engine.refs.cached('user', id) ?? (await engine.refs.find('user', id));
  if (ref !== undefined) await engine.people.complete([ref]);
  return ref;
}

/** One synchronous block: the events and the entry they are folded up to belong together. */
function answer(engine: Engine, { user, limit }: Wish, ref: UserRef | undefined): HttpReply {
  const history = ref === undefined ? undefined : engine.people.find(ref);
  const events = history === undefined ? [] : latest(history).slice(0, limit);
  return {
    body: {
      user_id: user,
      history_seq: engine.progress.positions().log,
      events: events.map(({ type, item, ts }) => ({ type, item_id: item, timestamp: new Date(ts).toISOString() })),
    },
  };
}

function latest(history: History): Shown[] {
  const taken = history.events.map(({ group, ...event }): Shown => ({ ...event, type: event.type ?? USUAL[group] ?? 'view' }));
  if (history.refusals === 0) return taken;
  const refused = [...history.seen].flatMap(([item, mark]): Shown[] => (mark.refused ? [{ ...mark, item, type: mark.type ?? 'dislike' }] : []));
  return [...taken, ...refused].sort((a, b) => compareMoments(b, a));
}

/** The usual event type of each group, for what release 0.1 has stored without it. */
const USUAL = ['view', 'like', 'cart', 'purchase'];
