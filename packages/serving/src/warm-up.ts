/**
 * Runs the whole ranking block until it is compiled: the first calls of the kernel take twenty times longer.
 * Answers nobody; changes nothing (adjustments are taken back).
 */
import { setImmediate } from 'node:timers/promises';
import type { HistoryEvent } from '@freshet/shared/domain/history';
import type { Engine } from './engine.js';
import type { RankInput } from './rank/input.js';

const ROUNDS = 60;
/** Rankings in one turn of the event loop. */
const BURST = 5;
const LIMIT = 20;

export async function warmUp(engine: Engine): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const input = sample(engine, round);
    for (let i = 0; i < BURST; i++) {
      engine.ranker.rank(input);
      engine.ranker.similar(input);
    }
    await setImmediate();
  }
}

/** A shopper whose history is some items of the model. */
function sample(engine: Engine, round: number): RankInput {
  const model = engine.view();
  const now = engine.clock.now();
  const events: HistoryEvent[] = [];
  for (let k = 0; k < LIMIT; k++) {
    const item = model.set.nameOf(1 + ((round * LIMIT + k * 7) % Math.max(1, model.set.rows - 1)));
    if (item !== undefined) events.push({ item, ts: now - k * 60_000, seq: k, index: 0, group: 0 });
  }
  return {
    model,
    shelf: engine.shelf,
    history: { events, seen: new Map() },
    session: { events: [], marks: new Map() },
    item: events[0]?.item,
    limit: LIMIT,
    excludeIds: [],
    excludeSeen: round % 2 === 1,
    anyAvailability: false,
    reasons: round % 3 === 0,
    now,
  };
}
