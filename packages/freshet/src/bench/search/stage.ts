/** What `bench search` searches: a catalogue, its index and a model's tables, in this process. */
import type { History } from '@freshet/shared/domain/history';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import type { SearchWeights } from '@freshet/shared/domain/search-weights/weights';
import { START } from '@freshet/shared/model/load';
import { createSearcher, type FoundItem, type Searcher } from '@freshet/serving/search/searcher';
import { loadKernel } from '@freshet/serving/store/kernel';
import { createShelf, type Shelf } from '@freshet/serving/store/shelf';
import { createTablePool } from '@freshet/serving/store/table-pool';
import type { TableSet } from '@freshet/serving/store/table-set';

/** Items of an answer: of a rank more is 0. */
export const LIST = 10;
export const MAX_WORDS = 20_000;

export interface Stage {
  readonly searcher: Searcher;
  readonly shelf: Shelf;
  readonly set: TableSet;
}

export interface Question {
  readonly query: string;
  readonly history?: History | undefined;
  readonly now: number;
  readonly weights?: SearchWeights;
  readonly limit?: number;
}

export async function createStage({ seed }: { readonly seed: number }, items: number): Promise<Stage> {
  const searcher = createSearcher({ catalogue: () => shelf.catalogue });
  const shelf: Shelf = createShelf(searcher.change);
  const model = { ...DEFAULT_MODEL, seed };
  const set = await createTablePool({ kernel: await loadKernel(), model, maxItems: items + 1, maxWords: MAX_WORDS, shelf: () => 'available' }).take();
  return { searcher, shelf, set };
}

export function search({ searcher, shelf, set }: Stage, { query, history, now, weights, limit = LIST }: Question): readonly FoundItem[] {
  const found = searcher.search({
    model: { set, position: START, learnedMs: 0, epoch: 0 },
    shelf, history, session: { events: [], marks: new Map() }, anyAvailability: false, now,
    query, offset: 0, limit, filter: undefined, facets: [], highlights: false, ...(weights && { weights }),
  });
  return found.items;
}

/** 1 / the item's place, 0 when it isn't among the first. */
export function reciprocalRank(stage: Stage, id: string, question: Question): number {
  const place = search(stage, question).findIndex((item) => item.id === id);
  return place < 0 ? 0 : 1 / (place + 1);
}

export function mean(values: readonly number[]): number {
  return Math.round((1e4 * values.reduce((sum, value) => sum + value, 0)) / Math.max(1, values.length)) / 1e4;
}
