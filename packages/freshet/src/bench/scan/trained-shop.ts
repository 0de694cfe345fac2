/**
 * A trained model without a database: the learner of the trainer, in this process, on the visits of a synthetic shop.
 * Its rows, in serving's own tables, are what searches are measured on: random rows lie nothing like trained ones.
 */
import type { UserRef } from '@freshet/shared/domain/event';
import type { Histories } from '@freshet/shared/domain/histories';
import { DEFAULT_MODEL, type ModelConfig } from '@freshet/shared/domain/model-config';
import type { RetrievalMode } from '@freshet/serving/retrieval/modes';
import { loadKernel } from '@freshet/serving/store/kernel';
import { createTablePool } from '@freshet/serving/store/table-pool';
import type { TableSet } from '@freshet/serving/store/table-set';
import { createLearner } from '@freshet/trainer/learner/create';
import type { Learner, LearnerEvent } from '@freshet/trainer/learner/port';
import { createShop } from '../traffic/shop.js';
import { createShoppers } from '../traffic/shoppers.js';

export interface TrainedShopOptions {
  readonly seed: number;
  readonly items: number;
  readonly users: number;
  /** Events learned. */
  readonly events: number;
  readonly dim: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface TrainedShop {
  readonly histories: Histories;
  readonly now: number;
  /** The model in tables that search in this way. */
  load(mode: RetrievalMode, sampled?: (recall: number, probes: number) => void): Promise<TableSet>;
}

const START_MS = Date.UTC(2026, 0, 1);
/** Between two events of the stream. */
const STEP_MS = 250;
const ROUND = 512;
const FOLLOWERS = 32;

export async function trainShop(options: TrainedShopOptions): Promise<TrainedShop> {
  const { items, dim, seed } = options;
  const model: ModelConfig = { ...DEFAULT_MODEL, dim, followers: FOLLOWERS, seed };
  const learner = await createLearner({ model, threads: 0, engine: 'wasm', maxItems: items, trustedItems: true });
  await learn(learner, options);
  const kernel = await loadKernel();
  return {
    histories: learner.histories(),
    now: START_MS + options.events * STEP_MS,
    async load(mode, sampled = () => undefined) {
      const set = await createTablePool({ kernel, model, maxItems: items, shelf: () => 'available', mode, sampled }).take();
      for (const { vocabulary, tables } of learner.whole()) {
        for (const { row, name, table } of vocabulary) set.name(row, name, table);
        for (const { table, ids, values } of tables) set.write(table, ids, values);
      }
      return set;
    },
  };
}

async function learn(learner: Learner, { seed, items, users, events, say, signal }: TrainedShopOptions): Promise<void> {
  const shop = createShop(seed, items);
  const shoppers = createShoppers(seed, shop, { users });
  const tenth = Math.ceil(events / 10);
  for (let from = 0; from < events; from += ROUND) {
    signal.throwIfAborted();
    const round = Array.from({ length: Math.min(ROUND, events - from) }, (_, i): LearnerEvent => {
      const { user, item, type } = shoppers.next();
      return { event: { id: String(from + i), type, user: user.toString(16).padStart(16, '0') as UserRef, item: shop.itemId(item), ts: START_MS + (from + i) * STEP_MS }, seq: from / ROUND + 1, index: i };
    });
    await learner.round(round);
    if (Math.floor(from / tenth) !== Math.floor((from + ROUND) / tenth)) say(`learned ${Math.min(events, from + ROUND)} of ${events} events`);
  }
}
