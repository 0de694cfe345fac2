/**
 * Runs the whole ranking block on a small model of its own until it is compiled: the first calls of the kernel take
 * twenty times longer. Answers nobody and touches no served model; compiled code belongs to the kernel's module, so it
 * serves every table set.
 */
import { setImmediate } from 'node:timers/promises';
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import { randomNormal } from '@freshet/shared/domain/random';
import { ITEM_TAIL, STAT, USERS_NEEDED } from '@freshet/shared/domain/tables';
import { START } from '@freshet/shared/model/load';
import type { RankInput } from './rank/input.js';
import type { Ranker } from './rank/ranker.js';
import { type KernelModule, reserveMemory } from './store/kernel.js';
import { layoutOf } from './store/layout.js';
import { createShelf } from './store/shelf.js';
import { createTableSet, type TableSet } from './store/table-set.js';

const ROWS = 2_000;
const ROUNDS = 60;
/** Rankings in one turn of the event loop. */
const BURST = 5;
const HISTORY = 20;

export async function warmUp(kernel: KernelModule, ranker: Ranker, model: ModelConfig): Promise<void> {
  const set = sampleSet(kernel, model);
  for (let round = 0; round < ROUNDS; round++) {
    const input = sampleInput(set, round);
    for (let i = 0; i < BURST; i++) {
      ranker.rank(input);
      ranker.similar(input);
      ranker.rank({ ...input, history: undefined, item: undefined });
    }
    await setImmediate();
  }
}

function sampleSet(kernel: KernelModule, model: ModelConfig): TableSet {
  const { dim, temperature } = model;
  const layout = layoutOf(model, { maxItems: ROWS });
  const memory = reserveMemory(layout.pages);
  const set = createTableSet({ layout, memory, kernel: kernel.bind(memory), temperature, shelf: () => 'undescribed' });
  const ids = Uint32Array.from({ length: ROWS }, (_, row) => row);
  const stride = dim + ITEM_TAIL.words;
  const items = Float32Array.from({ length: ROWS * stride }, (_, at) => randomNormal(1, Math.floor(at / stride), at % stride));
  const stats = new Uint32Array(ROWS * STAT.words);
  for (let row = 0; row < ROWS; row++) stats[row * STAT.words + STAT.users] = USERS_NEEDED;
  for (let row = 1; row < ROWS; row++) set.name(row, String(row));
  set.write('item', ids, new Uint32Array(items.buffer));
  set.write('stat', ids, stats);
  return set;
}

function sampleInput(set: TableSet, round: number): RankInput {
  const now = 1_000_000_000_000;
  const events = Array.from({ length: HISTORY }, (_, k) => ({ item: String(1 + ((round * 31 + k * 97) % (ROWS - 1))), ts: now - k * 3_600_000, seq: k, index: 0, group: 0 }));
  return {
    model: { set, position: START, learnedMs: 0, epoch: 0 },
    shelf: createShelf(() => undefined),
    history: { events, seen: new Map(), refusals: 0 },
    session: { events: [], marks: new Map() },
    item: round % 2 === 1 ? events[0]?.item : undefined,
    limit: HISTORY,
    excludeIds: [],
    excludeSeen: round % 2 === 1,
    diversity: round % 4 === 3 ? 0.3 : 0,
    anyAvailability: false,
    reasons: round % 3 === 0,
    now,
  };
}
