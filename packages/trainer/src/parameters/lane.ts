/**
 * Where the parts of a lane (one thread's scratch) lie, in bytes from its start. An engine that computes the three products
 * itself works on the matrices among them (engine/port.ts), all f32, B = model.batch, K = model.negatives:
 *
 * ```
 * users             [B][D]   rows `stride` bytes apart    ĥ
 * sampleUnit        [K][D]   rows `stride` bytes apart    Ê of the sample
 * weights           [B][K]   rows `columns` bytes apart   cosines = users · sampleUnitᵀ, then ∂loss/∂cosine
 * gradients         [B][D]   rows `stride` bytes apart    weights · sampleUnit
 * sampleGradients   [K][D]   rows `stride` bytes apart    weightsᵀ · users
 * ```
 * 1. Every part starts on a cache line, and rows are a line longer than their contents, so that columns spread over all cache sets.
 *    What lies between two rows is never read as a number.
 */
import { DENSE, FOLLOWED_ITEMS, MAX_PAST_ITEMS, type ModelConfig } from '@freshet/shared/domain/model-config';

const LINE = 64;
const WORD = 4;
/** What the kernel keeps of each example (kernel/records.ts `Work`). */
const WORK_WORDS = 20 + 4 * 24 + (7 + FOLLOWED_ITEMS) * 64;
/** Of the table from rows to places in a list (kernel/memory.ts `SCORED_SLOTS`, `FOLLOW_SLOTS`). */
const ROW_TABLE_BYTES = 2_048;

export interface LaneRegions {
  readonly bytes: number;
  readonly stride: number;
  readonly columns: number;
  /** Slots of the hash table from row to place in the sample: a power of two, at most a quarter full. */
  readonly tableSlots: number;
  /** f32[DENSE.floats]: this lane's copy of the dense row. */
  readonly dense: number;
  readonly denseGradient: number;
  /** f32[D + 1]: this lane's copy of the constant token's embedding and accumulator. */
  readonly constant: number;
  readonly sampleRow: number;
  readonly sampleInverse: number;
  readonly sampleOffset: number;
  readonly sampleNext: number;
  readonly sampleTable: number;
  readonly hitPlace: number;
  readonly hitValue: number;
  readonly hitSource: number;
  readonly pastPlace: number;
  readonly pastWeight: number;
  readonly followerRow: number;
  readonly followerCount: number;
  readonly rowTable: number;
  readonly sampleUnit: number;
  readonly sampleGradients: number;
  readonly weights: number;
  readonly users: number;
  readonly gradients: number;
  readonly temperatures: number;
  readonly works: number;
}

export function planLane({ dim, negatives, batch, followers }: Pick<ModelConfig, 'dim' | 'negatives' | 'batch' | 'followers'>): LaneRegions {
  const stride = dim * WORD + LINE;
  const columns = negatives * WORD + LINE;
  const tableSlots = 2 ** Math.ceil(Math.log2(4 * negatives));
  let next = 0;
  const take = (bytes: number): number => {
    const at = next;
    next = Math.ceil((next + bytes) / LINE) * LINE;
    return at;
  };
  const regions = {
    dense: take(DENSE.floats * WORD),
    denseGradient: take(DENSE.weights * WORD),
    constant: take((dim + 1) * WORD),
    sampleRow: take(columns),
    sampleInverse: take(columns),
    sampleOffset: take(columns),
    sampleNext: take(columns),
    sampleTable: take(tableSlots * WORD),
    hitPlace: take(FOLLOWED_ITEMS * followers * WORD),
    hitValue: take(FOLLOWED_ITEMS * followers * WORD),
    hitSource: take(FOLLOWED_ITEMS * followers * WORD),
    pastPlace: take(MAX_PAST_ITEMS * WORD),
    pastWeight: take(MAX_PAST_ITEMS * WORD),
    followerRow: take(followers * WORD),
    followerCount: take(followers * WORD),
    rowTable: take(ROW_TABLE_BYTES),
    sampleUnit: take(negatives * stride),
    sampleGradients: take(negatives * stride),
    weights: take(batch * columns),
    users: take(batch * stride),
    gradients: take(batch * stride),
    temperatures: take(batch * WORD),
    works: take(batch * WORK_WORDS * WORD),
  };
  return { ...regions, stride, columns, tableSlots, bytes: next };
}
