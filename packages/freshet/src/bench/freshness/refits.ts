/**
 * What a refit costs the live freshness: while the load runs, a refit is asked for, and when it has ended nothing is for as long, again and
 * again. Each probe counts for the state in which it began, so both sides are measured in the same run, in turns.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../load/caller.js';
import { createLatencies, type Latencies } from '../load/latencies.js';

export interface RefitTurns {
  /** Where a probe that begins now belongs. */
  latencies(): Latencies;
  readonly without: Latencies;
  readonly during: Latencies;
  /** Refits that were promoted while it ran, and the seconds in which one was under way. */
  readonly promoted: number;
  readonly seconds: number;
  /** Waits for the refit under way. */
  stop(): Promise<void>;
}

const LOOK_MS = 100;
/** Before the first one, and at least between two. */
const REST_MS = 3_000;
const OPEN = new Set(['asked', 'running', 'ready']);

export function takeRefitTurns(caller: Caller, epochs: number): RefitTurns {
  const [without, during] = [createLatencies(), createLatencies()];
  const totals = { promoted: 0, ms: 0 };
  let isUnderWay = false;
  const ending = new AbortController();

  const refit = async (): Promise<void> => {
    isUnderWay = true;
    const began = performance.now();
    let state = await ask(caller, epochs);
    while (OPEN.has(state.state)) {
      await sleep(LOOK_MS);
      state = await look(caller, state.id);
    }
    if (state.state === 'promoted') totals.promoted++;
    totals.ms += performance.now() - began;
    isUnderWay = false;
  };
  const turns = async (): Promise<void> => {
    let restMs = REST_MS;
    while (!ending.signal.aborted) {
      await sleep(restMs, undefined, { signal: ending.signal }).catch(() => undefined);
      if (ending.signal.aborted) return;
      const before = totals.ms;
      await refit();
      restMs = Math.max(REST_MS, totals.ms - before);
    }
  };
  const running = turns();
  running.catch(() => undefined);
  return {
    latencies: () => (isUnderWay ? during : without),
    without,
    during,
    get promoted() {
      return totals.promoted;
    },
    get seconds() {
      return totals.ms / 1_000;
    },
    async stop() {
      ending.abort();
      await running;
    },
  };
}

interface RefitState {
  readonly id: number;
  readonly state: string;
}

async function ask(caller: Caller, epochs: number): Promise<RefitState> {
  const { id, state } = await caller.postJson('/v1/models/refits', { epochs, gate: 0, reason: 'bench' });
  return { id: Number(id), state: String(state) };
}

async function look(caller: Caller, id: number): Promise<RefitState> {
  const { state } = await caller.getJson(`/v1/models/refits/${id}`);
  return { id, state: String(state) };
}
