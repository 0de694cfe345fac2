/** What a list is asked for by a shopper who has viewed one item. */
import type { RankInput } from '@freshet/serving/rank/input';
import { meaningOf } from '@freshet/shared/domain/event';
import { emptyHistory, remember } from '@freshet/shared/domain/history';
import { NOW } from './model.js';
import type { Loaded } from './table-set.js';

export function viewersInput({ view, shelf }: Loaded, over: Partial<RankInput> = {}): RankInput {
  const history = emptyHistory();
  const event = { item: 'item-5', ts: NOW - 1_000, type: 'view' };
  remember(history, event, meaningOf(event), { seq: 1, index: 0 });
  const nothing = { session: { events: [], marks: new Map() }, item: undefined, excludeIds: [], excludeSeen: false, diversity: 0, anyAvailability: false, reasons: false };
  return { model: view, shelf, history, limit: 40, now: NOW, ...nothing, ...over };
}
