/**
 * Where everything lies in a table set's memory: byte offsets for a dimension and a capacity.
 * Each region starts on 64 bytes (a cache line); the memory is touched lazily, so unused capacity costs address space only.
 */
import { FOLLOWED_ITEMS, HISTORY_LENGTH, MAX_FOLLOWERS, type ModelConfig, PAST_ITEMS } from '@freshet/shared/domain/model-config';
import { STAT } from '@freshet/shared/domain/tables';
import { UsageError } from '@freshet/shared/errors';

export interface Layout {
  readonly dim: number;
  /** Rows, the constant token's included; a multiple of 4. */
  readonly capacity: number;
  /** Cells of a row in `followers` and `followCounts`. */
  readonly slots: number;
  readonly query: number;
  /** Results of a scan: CANDIDATES row numbers, then as many scores. */
  readonly ids: number;
  readonly scores: number;
  /** A query's code: dim whole numbers of 16 bits. */
  readonly queryCode: number;
  /** Two floats that the coding leaves behind, see kernel/codes.ts. */
  readonly coded: number;
  /** Rows as bytes: capacity · dim. */
  readonly codes: number;
  /** What a unit of a row's code adds to a score for each unit of the query. */
  readonly codeScale: number;
  /** E: capacity · dim floats. */
  readonly embeddings: number;
  readonly bias: number;
  readonly acc: number;
  readonly biasAcc: number;
  /** 1 / (|E[j]| τ). */
  readonly scale: number;
  /** The bias of rows that may be served now, NOT_SERVED for all others. */
  readonly served: number;
  /** The same with unavailable items among those that may be served. */
  readonly any: number;
  /** Three columns: ranking keys of the decayed counters, see `trendKey`. */
  readonly trends: number;
  readonly stat: number;
  readonly followers: number;
  readonly followCounts: number;
  /** Words there is room for. */
  readonly words: number;
  /** words · dim floats. */
  readonly wordEmbeddings: number;
  readonly wordAcc: number;
  /** Blocks of BLOCK slots that the lists have room for, and lists there can be (retrieval/lists.ts). */
  readonly blocks: number;
  readonly lists: number;
  /** By slot: code, codeScale, bias, number of its row. */
  readonly slotCodes: number;
  readonly slotScale: number;
  readonly slotBias: number;
  readonly slotRow: number;
  /** By row, one byte each: what a scan of the lists leaves out. */
  readonly marks: number;
  /** By block: the one that follows it in its list, or −1. */
  readonly blockNext: number;
  /** By list: centroid, its code and codeScale, 0 or NOT_SERVED, the largest bias of its rows, its first block or −1; then query and results of a search among them. */
  readonly centroids: number;
  readonly listCodes: number;
  readonly listScale: number;
  readonly listHidden: number;
  readonly listTop: number;
  readonly listFirst: number;
  readonly listQuery: number;
  readonly listCoded: number;
  readonly listFound: number;
  readonly listScores: number;
  /** Of the NEAR_LISTS lists near to one: their codes and scales side by side, 0 or NOT_SERVED behind the last. */
  readonly nearCodes: number;
  readonly nearScale: number;
  readonly nearHidden: number;
  readonly pages: number;
}

/** Rows beyond k that a scan of the codes scores exactly: among 100,000 random rows the 84th score lies far below the 20th. */
export const CODE_MARGIN = 64;
/** Candidates that a scan buffers: at least 4 more than the largest k with its margin and the rows that a shopper raises. */
export const CANDIDATES = 2_048;
/** Rows that a shopper raises at most: the items he had, and the followers of the last ones. */
const MOST_RAISED = HISTORY_LENGTH + PAST_ITEMS + FOLLOWED_ITEMS * MAX_FOLLOWERS;
/** The largest k of a scan: with it the scan of the lists still has room for all raised rows. */
export const MOST_FOUND = CANDIDATES - CODE_MARGIN - MOST_RAISED - 4;

/** Candidates to buffer for a top k: few, so that the threshold rises early; 4 k, so that cutting back is rare. */
export function candidatesFor(k: number): number {
  return Math.min(CANDIDATES, Math.max(128, 4 * k));
}

/** A bias that hides a row from every scan; adding to it leaves it below the kernel's floor. */
export const NOT_SERVED = -3e38;
export const TREND_WINDOWS = 3;

/** Slots of a block of a list; kernel/lists.ts knows it too. */
export const BLOCK = 16;
/** Lists near to one that are looked at together (retrieval/centroids.ts): of 64 a row's nearest is missed often enough to cost recall. A multiple of 4. */
export const NEAR_LISTS = 256;
/** There can be as many lists as the table has room for rows, divided by this. */
const ROWS_OF_A_LIST = 32;

const PAGE = 65_536;
/** WebAssembly addresses have 32 bits. */
const MAX_PAGES = 65_536;
/** The kernel's own static data lies below. */
const START = PAGE;

export function layoutOf({ dim, followers: slots }: Pick<ModelConfig, 'dim' | 'followers'>, { maxItems, maxWords = 0 }: { readonly maxItems: number; readonly maxWords?: number }): Layout {
  if (dim % 16 !== 0 || dim <= 0) throw new UsageError('model_dim', `the model's dim must be a multiple of 16, not ${dim}`);
  const capacity = (maxItems + 1 + 3) & ~3;
  let at = START;
  const region = (words: number): number => {
    const start = at;
    at += (words * 4 + 63) & ~63;
    return start;
  };
  const lists = Math.max(64, (Math.ceil(capacity / ROWS_OF_A_LIST) + 3) & ~3);
  const blocks = Math.ceil(capacity / BLOCK) + lists;
  const regions = {
    query: region(dim),
    queryCode: region(dim / 2),
    coded: region(2),
    ids: region(CANDIDATES),
    scores: region(CANDIDATES),
    bias: region(capacity),
    acc: region(capacity),
    biasAcc: region(capacity),
    scale: region(capacity),
    codeScale: region(capacity),
    served: region(capacity),
    any: region(capacity),
    trends: region(capacity * TREND_WINDOWS),
    stat: region(capacity * STAT.words),
    embeddings: region(capacity * dim),
    codes: region((capacity * dim) / 4),
    followers: region(capacity * slots),
    followCounts: region(capacity * slots),
    wordEmbeddings: region(maxWords * dim),
    wordAcc: region(maxWords),
    slotCodes: region((blocks * BLOCK * dim) / 4),
    slotScale: region(blocks * BLOCK),
    slotBias: region(blocks * BLOCK),
    slotRow: region(blocks * BLOCK),
    marks: region(Math.ceil(capacity / 4)),
    blockNext: region(blocks),
    centroids: region(lists * dim),
    listCodes: region((lists * dim) / 4),
    listScale: region(lists),
    listHidden: region(lists),
    listTop: region(lists),
    listFirst: region(lists),
    listQuery: region(dim / 2),
    listCoded: region(2),
    listFound: region(CANDIDATES),
    listScores: region(CANDIDATES),
    nearCodes: region((NEAR_LISTS * dim) / 4),
    nearScale: region(NEAR_LISTS),
    nearHidden: region(NEAR_LISTS),
  };
  const pages = Math.ceil(at / PAGE);
  if (pages > MAX_PAGES) {
    throw new UsageError('max_items', `maxItems ${maxItems} with maxWords ${maxWords} at dim ${dim} needs ${Math.ceil(at / 2 ** 20)} MiB; a table set has 4,096 MiB at most`);
  }
  return { dim, capacity, slots, words: maxWords, blocks, lists, ...regions, pages };
}
