/**
 * A filter in one answer: what a ranking asks, and how it says that it needs all items that pass.
 *
 * 1. Whether an item passes is asked of the catalogue as it stands in this synchronous block.
 */
import type { Shelf } from '../store/shelf.js';
import type { Filter } from './expression.js';
import type { Matches } from './matches.js';

export interface FilterUse {
  readonly filter: Filter;
  passes(id: string): boolean;
  /** All that pass, if they have been collected. */
  readonly matches: Matches | undefined;
  /** More may pass than could be found without `matches`: the answer has to be made again with them. */
  fallShort(): void;
  readonly isShort: boolean;
}

export function useFilter(filter: Filter, shelf: Pick<Shelf, 'catalogue'>, matches: Matches | undefined): FilterUse {
  let isShort = false;
  return {
    filter,
    passes: (id) => filter.passes(shelf.catalogue.look(id)),
    matches,
    fallShort() {
      isShort = true;
    },
    get isShort() {
      return isShort;
    },
  };
}
