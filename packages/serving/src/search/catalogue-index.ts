/**
 * The text index as the catalogue's changes leave it: texts are indexed behind them, in their order, a few milliseconds at a time.
 *
 * 1. Whether an item may be shown acts at once: a deleted or unavailable item is hidden before `change` returns.
 * 2. `settled` resolves when the texts of all changes before the call are indexed; `catchUp` indexes at most AT_ONCE at once.
 * 3. The event loop is held for SLICE_MS at most; a hundred thousand items at start are indexed so.
 * 4. What waits is at most one change an item. Of it only the texts that are indexed yet are kept: those that will be are the document's when its
 *    turn comes, so a catalogue that is loaded isn't there twice.
 */
import { setImmediate } from 'node:timers/promises';
import type { Catalogue } from '@freshet/shared/domain/catalogue';
import type { ItemDocument } from '@freshet/shared/domain/kept-documents';
import type { ItemFields } from '@freshet/shared/domain/entry';
import { haveSameTexts } from './fields.js';
import type { TextIndex } from './text-index.js';

export interface CatalogueIndex {
  /** The catalogue has another document of an item. */
  change(id: string, before: ItemDocument | undefined, now: ItemDocument | undefined): void;
  /** Those of the first `count` that may be shown. */
  shown(items: Int32Array, count: number, anyAvailability: boolean): number[];
  /** Whether every change is indexed. Indexes a few by itself. */
  catchUp(): boolean;
  settled(): Promise<void>;
  /** Nothing more is indexed. */
  close(): void;
  /** Changes that wait. */
  readonly waiting: number;
}

const SLICE_MS = 3;
/** Changes that are indexed in one turn without asking: about a millisecond. */
const AT_ONCE = 20;

/** Of the catalogue whose changes are told. */
export type IndexedCatalogue = Pick<Catalogue, 'numberOf' | 'documentAt' | 'stateAt' | 'isAvailableAt'>;

export function createCatalogueIndex(index: TextIndex, catalogue: () => IndexedCatalogue): CatalogueIndex {
  /** Items that have to be indexed, with what they are indexed by now. */
  const waiting = new Map<number, ItemFields | undefined>();
  let running: Promise<void> | undefined;

  /** Until there are no more, or `isEnough`. */
  const indexSome = (isEnough: () => boolean): void => {
    for (const [item, before] of waiting) {
      waiting.delete(item);
      index.set(item, before, textsOf(catalogue().documentAt(item)));
      if (isEnough()) return;
    }
  };
  const indexAll = async (): Promise<void> => {
    while (waiting.size > 0) {
      const until = performance.now() + SLICE_MS;
      indexSome(() => performance.now() >= until);
      await setImmediate();
    }
    running = undefined;
  };

  return {
    change(id, before, now) {
      const item = catalogue().numberOf(id);
      if (item === undefined || waiting.has(item)) return;
      const [was, is] = [textsOf(before), textsOf(now)];
      if (was === is || (was !== undefined && is !== undefined && haveSameTexts(was, is))) return;
      waiting.set(item, was);
      // Behind this turn: what one entry of the log changes comes together.
      if (running === undefined) running = setImmediate().then(indexAll);
    },
    shown(items, count, anyAvailability) {
      const { isAvailableAt, stateAt } = catalogue();
      const shown: number[] = [];
      for (let i = 0; i < count; i++) {
        const item = items[i] ?? 0;
        if (isAvailableAt(item) || (anyAvailability && stateAt(item) === 'unavailable')) shown.push(item);
      }
      return shown;
    },
    catchUp() {
      if (waiting.size > AT_ONCE) return false;
      indexSome(() => false);
      return true;
    },
    settled: () => running ?? Promise.resolve(),
    close: () => waiting.clear(),
    get waiting() {
      return waiting.size;
    },
  };
}

function textsOf(document: ItemDocument | undefined): ItemFields | undefined {
  return document === undefined || document.deleted ? undefined : document.fields;
}
