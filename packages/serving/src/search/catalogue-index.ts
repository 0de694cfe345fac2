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
import type { ItemDocument } from '@freshet/shared/domain/kept-documents';
import type { ItemFields } from '@freshet/shared/domain/entry';
import { haveSameTexts } from './fields.js';
import type { TextIndex } from './text-index.js';

export interface CatalogueIndex {
  /** The catalogue has another document of an item. */
  change(id: string, before: ItemDocument | undefined, now: ItemDocument | undefined): void;
  isHidden(item: number, anyAvailability: boolean): boolean;
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
const SHOWN = 0;
const UNAVAILABLE = 1;
const GONE = 2;

export function createCatalogueIndex(index: TextIndex, documentOf: (id: string) => ItemDocument | undefined): CatalogueIndex {
  /** Items that have to be indexed, with what they are indexed by now. */
  const waiting = new Map<string, ItemFields | undefined>();
  let hidden = new Uint8Array(1_024);
  let running: Promise<void> | undefined;

  const mark = (id: string, state: number): void => {
    const item = index.numberOf(id);
    if (item === undefined) return;
    if (item >= hidden.length) {
      const more = new Uint8Array(2 * item);
      more.set(hidden);
      hidden = more;
    }
    hidden[item] = state;
  };
  /** Until there are no more, or `isEnough`. */
  const indexSome = (isEnough: () => boolean): void => {
    for (const [id, before] of waiting) {
      const document = documentOf(id);
      waiting.delete(id);
      index.set(id, before, textsOf(document));
      mark(id, stateOf(document));
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
      mark(id, stateOf(now));
      if (waiting.has(id)) return;
      const [was, is] = [textsOf(before), textsOf(now)];
      if (was === is || (was !== undefined && is !== undefined && haveSameTexts(was, is))) return;
      waiting.set(id, was);
      // Behind this turn: what one entry of the log changes comes together.
      if (running === undefined) running = setImmediate().then(indexAll);
    },
    isHidden(item, anyAvailability) {
      const state = hidden[item] ?? SHOWN;
      return state === GONE || (state === UNAVAILABLE && !anyAvailability);
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

function stateOf(document: ItemDocument | undefined): number {
  if (document === undefined || document.deleted) return GONE;
  return document.fields.available === false ? UNAVAILABLE : SHOWN;
}
