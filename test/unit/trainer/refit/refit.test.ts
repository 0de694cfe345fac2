/** Refits in memory: candidate, gate, promotion and what the live model does meanwhile, without processes. */
import { apply, START, verify } from '@freshet/shared/model/load';
import { decodeDelta, isPromotion } from '@freshet/shared/codec/delta';
import { STAT } from '@freshet/shared/domain/tables';
import { loadModel } from '@freshet/shared/model/load';
import type { RefitOptions } from '@freshet/shared/ports/refit-log';
import { resolveTrainerOptions } from '@freshet/trainer/config';
import { loadUpTo } from '@freshet/trainer/refit/load-up-to';
import { type RefitResult, runRefit } from '@freshet/trainer/refit/refit';
import type { RefitRunner } from '@freshet/trainer/refit/runner';
import { askBySchedule, schedulesOf } from '@freshet/trainer/maintenance';
import { createTriggers, type RefitPolicy } from '@freshet/trainer/refit/triggers';
import { startTrainer } from '@freshet/trainer/service';
import { expect, test } from 'vitest';
import { until } from '../../../support/until.js';
import { options, shop, type Shop } from '../support/shop.js';

/** Runs refits in this process; `meanwhile` is awaited before the result is handed over. */
function runnerOf(one: Shop, meanwhile: () => Promise<void> = () => Promise.resolve()): RefitRunner {
  return {
    run(wish) {
      const stopping = new AbortController();
      const run = async (): Promise<RefitResult> => {
        const result = await runRefit({ ...options, threads: 0 }, wish, { stores: one.deps, signal: stopping.signal, progress: () => undefined });
        await meanwhile();
        return result;
      };
      const result = run();
      result.catch(() => undefined);
      return { result, stop: () => stopping.abort() };
    },
  };
}

const start = (one: Shop, refitRunner: RefitRunner, strategy: RefitPolicy['strategy'] = 'incremental') =>
  startTrainer(resolveTrainerOptions({ model: options.model, threads: 1, maxItems: 200, minGapMs: 1, refit: { strategy } }), { ...one.deps, refitRunner });

async function learned(one: Shop, trainer: ReturnType<typeof start>, events: number): Promise<number> {
  const seq = await one.send(events);
  await until('all is learned', () => trainer.status().applied >= seq);
  return seq;
}

const ask = (one: Shop, wish: RefitOptions) => one.deps.refits.ask('test', wish);
const stateOf = async (one: Shop): Promise<string | undefined> => (await one.deps.refits.list(1))[0]?.state;

/** Events that the published model has counted, over all items. */
async function counted(one: Shop): Promise<number> {
  const counts = new Map<number, number>();
  await loadModel(one.deps, { name: () => undefined, write: (table, ids, values) => table === 'stat' && ids.forEach((row, i) => counts.set(row, values[i * STAT.words + STAT.count] ?? 0)) });
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

test('a candidate is promoted beside the live model, which learns on; each event counts once, versions have no gap', async () => {
  const one = shop();
  let during = 0;
  const runner = runnerOf(one, async () => {
    // What comes in after the candidate was written is learned by it aside.
    during = await one.send(25);
    await until('the live model has it', () => trainer.status().applied >= during);
  });
  await using trainer = start(one, runner);
  await one.describeItems();
  await learned(one, trainer, 100);
  await ask(one, { epochs: 2, gate: 0 });
  await until('its candidate is loaded', async () => (await stateOf(one)) === 'ready' && during > 0);
  // A round is needed for it to be promoted with.
  await until('it is promoted', async () => {
    await learned(one, trainer, 1);
    const deltas = await one.deltas.read(0, 10_000);
    return deltas.some(({ bytes }) => isPromotion(decodeDelta(bytes).header));
  });
  await learned(one, trainer, 40);
  const deltas = await one.deltas.read(0, 10_000);
  expect(deltas.map(({ version }) => version)).toEqual(deltas.map((_, place) => place + 1));
  expect(deltas.filter(({ bytes }) => isPromotion(decodeDelta(bytes).header))).toHaveLength(1);
  deltas.forEach(({ fromSeq }, place) => expect(fromSeq).toBe((deltas[place - 1]?.toSeq ?? 0) + 1));
  const events = (await one.deps.entries.read(0, 100_000)).reduce((sum, entry) => sum + (entry.kind === 'events' ? entry.events.length : 0), 0);
  expect(await counted(one)).toBe(events);
});

test('a candidate that the gate keeps out leaves the model as it was, and an event with the reason', async () => {
  const one = shop();
  await using trainer = start(one, runnerOf(one));
  await one.describeItems();
  await learned(one, trainer, 60);
  await ask(one, { epochs: 1, gate: 5_000 });
  await until('it has ended', async () => (await stateOf(one)) === 'refused');
  const [event] = await one.deps.modelEvents.list(1);
  expect(event).toMatchObject({ kind: 'refused', reason: expect.stringContaining('too_few_events') as unknown });
  const [refit] = await one.deps.refits.list(1);
  expect(refit?.report?.gate?.events).toBeGreaterThan(10);
  await learned(one, trainer, 5);
  expect((await one.deltas.read(0, 10_000)).some(({ bytes }) => isPromotion(decodeDelta(bytes).header))).toBe(false);
});

test('a refit that breaks is noted as failed, and the live model goes on', async () => {
  const one = shop();
  const broken: RefitRunner = { run: () => ({ result: Promise.reject(new Error('out of memory')), stop: () => undefined }) };
  await using trainer = start(one, broken);
  await learned(one, trainer, 20);
  await ask(one, { epochs: 1, gate: 0 });
  await until('it has ended', async () => (await stateOf(one)) === 'failed');
  expect((await one.deps.refits.list(1))[0]?.outcome).toBe('out of memory');
  await learned(one, trainer, 5);
});

test('a trainer that stops stops its refit, and the next one begins it anew', async () => {
  const one = shop();
  let stopped = false;
  const endless: RefitRunner = {
    run() {
      let end: (error: Error) => void = () => undefined;
      const result = new Promise<RefitResult>((_, reject) => (end = reject));
      result.catch(() => undefined);
      return { result, stop: () => ((stopped = true), end(new Error('stopped'))) };
    },
  };
  const first = start(one, endless);
  await learned(one, first, 30);
  await ask(one, { epochs: 1, gate: 0 });
  await until('it runs', async () => (await stateOf(one)) === 'running');
  await first.stop();
  expect(stopped).toBe(true);
  expect(await stateOf(one)).toBe('running');
  await using second = start(one, runnerOf(one));
  await second.ready;
  await until('its candidate is made', async () => (await stateOf(one)) === 'ready');
});

test('with the strategy full events are counted and move no embedding until a refit is promoted', async () => {
  const one = shop();
  await using trainer = start(one, runnerOf(one), 'full');
  await one.describeItems();
  await learned(one, trainer, 100);
  expect(await accumulated(one)).toBe(0);
  expect(await counted(one)).toBe(100);
  await ask(one, { epochs: 2, gate: 0 });
  await until('it is promoted', async () => {
    await learned(one, trainer, 1);
    return (await one.deltas.read(0, 10_000)).some(({ bytes }) => isPromotion(decodeDelta(bytes).header));
  });
  const after = await accumulated(one);
  expect(after).toBeGreaterThan(1);
  await learned(one, trainer, 20);
  expect(await accumulated(one)).toBe(after);
});

/** Σ of what the embeddings' accumulators have beyond their beginning, 1: 0 until a gradient has been applied. */
async function accumulated(one: Shop): Promise<number> {
  const { dim } = options.model;
  const steps = new Map<number, number>();
  await loadModel(one.deps, {
    name: () => undefined,
    write(table, ids, values) {
      if (table !== 'item') return;
      const floats = new Float32Array(values.buffer, values.byteOffset, values.length);
      const stride = floats.length / ids.length;
      ids.forEach((row, i) => steps.set(row, floats[i * stride + dim + 1] ?? 0));
    },
  });
  return [...steps.values()].reduce((sum, value) => sum + value - 1, 0);
}

test('the serving model of the comparison is the newest that had not seen its events', async () => {
  const one = shop();
  await using trainer = start(one, runnerOf(one));
  for (let n = 0; n < 6; n++) await learned(one, trainer, 5);
  const deltas = await one.deltas.read(0, 100);
  const names = new Set<string>();
  const position = await loadUpTo(one.deps, { name: (_, name) => void names.add(name), write: () => undefined }, 3);
  expect(position.applied).toBeLessThanOrEqual(3);
  expect(position.version).toBe(deltas.filter(({ toSeq }) => toSeq <= 3).length);
  const expected = new Set<string>();
  let at = START;
  for (const record of deltas.slice(0, position.version)) {
    const { delta, next } = verify(record, at);
    apply(delta, { name: (_, name) => void expected.add(name), write: () => undefined });
    at = next;
  }
  expect(names).toEqual(expected);
});

test('hybrid asks for a refit when the catalogue has grown or drift was seen, at most once an hour; incremental never does', async () => {
  const { refits } = shop().deps;
  let now = 1_000_000_000;
  let items = 2_000;
  const seen: { drift: string | undefined } = { drift: undefined };
  const parts = { refits, clock: { now: () => now }, items: () => items, driftSince: () => seen.drift };
  const policy = { options: { epochs: 3, gate: 10 }, everyHours: 24, growth: 0.5 };
  const never = createTriggers({ ...policy, strategy: 'incremental' }, parts);
  const look = createTriggers({ ...policy, strategy: 'hybrid' }, parts);
  await never();
  await look();
  items = 3_100;
  await never();
  expect(await refits.list(10)).toEqual([]);
  await look();
  const [first] = await refits.list(10);
  expect(first).toMatchObject({ reason: 'the catalogue has grown from 2000 to 3100 items', options: { epochs: 3 } });
  await refits.end(first?.id ?? 0, 'refused', { outcome: '', report: { examples: 1, epochs: 3, seconds: 1, applied: 9, items: 3_100 } });
  seen.drift = 'drift of the loss at entry 12';
  await look();
  expect(await refits.list(10)).toHaveLength(1);
  now = Date.now() + 2 * 3_600_000;
  await look();
  expect((await refits.list(10))[0]).toMatchObject({ reason: 'drift of the loss at entry 12' });
});

test('by the clock a refit is asked for with full and hybrid only: when the log is as old as the time between two, then that long after the last one', async () => {
  const one = shop();
  const { refits, entries } = one.deps;
  const policy = { strategy: 'hybrid', options: { epochs: 3, gate: 10 }, everyHours: 24, growth: 0 } as const;
  expect(schedulesOf({ strategy: 'incremental', everyHours: 24 }).map(({ job }) => job)).toEqual(['snapshot', 'retention', 'evaluation']);
  expect(schedulesOf({ strategy: 'hybrid', everyHours: 0 }).map(({ job }) => job)).toEqual(['snapshot', 'retention', 'evaluation']);
  expect(schedulesOf(policy)).toContainEqual({ job: 'refit', everyMs: 3_600_000 });
  expect(schedulesOf({ strategy: 'full', everyHours: 2 })).toContainEqual({ job: 'refit', everyMs: 1_800_000 });
  let now = Date.now();
  const parts = { refits, entries, clock: { now: () => now, sleep: () => Promise.resolve() } };
  await askBySchedule(policy, parts);
  expect(await refits.list(9)).toEqual([]);
  await one.send(1);
  const receivedAt = (await entries.read(0, 1))[0]?.receivedAt ?? Number.NaN;
  now = receivedAt + 24 * 3_600_000 - 1;
  await askBySchedule(policy, parts);
  expect(await refits.list(9)).toEqual([]);
  now++;
  await askBySchedule({ ...policy, strategy: 'incremental' }, parts);
  expect(await refits.list(9)).toEqual([]);
  await askBySchedule(policy, parts);
  const [first] = await refits.list(9);
  expect(first).toMatchObject({ reason: 'every 24 hours', options: policy.options });
  await refits.end(first?.id ?? 0, 'refused', { outcome: '' });
  now = Date.now() + 23 * 3_600_000;
  await askBySchedule(policy, parts);
  expect(await refits.list(9)).toHaveLength(1);
  now = Date.now() + 24 * 3_600_000;
  await askBySchedule(policy, parts);
  expect(await refits.list(9)).toHaveLength(2);
});
