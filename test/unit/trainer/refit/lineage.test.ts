/** Which model a refit's gate compares with after an import: the one that serves, never one of the lineage before it. */
import { encodeDelta } from '@freshet/shared/codec/delta';
import { configHash } from '@freshet/shared/domain/model-config';
import type { ModelPosition } from '@freshet/shared/model/load';
import { resolveTrainerOptions } from '@freshet/trainer/config';
import { loadUpTo } from '@freshet/trainer/refit/load-up-to';
import { runRefit } from '@freshet/trainer/refit/refit';
import { startTrainer } from '@freshet/trainer/service';
import { importModel } from '@freshet/trainer/transfer/import';
import { expect, test } from 'vitest';
import { until } from '../../../support/until.js';
import { options as base, shop, type Shop } from '../support/shop.js';

const { model } = base;
const options = resolveTrainerOptions({ model, threads: 0, engine: 'wasm', maxItems: 200, minGapMs: 1, publish: 'all' });
const EVENTS = 5;

/** So many entries, each learned and published as a version. */
async function goOn(one: Shop, entries: number): Promise<void> {
  await using trainer = startTrainer(options, one.deps);
  await trainer.ready;
  for (let n = 0; n < entries; n++) {
    const seq = await one.send(EVENTS);
    await until('it is learned', () => trainer.status().applied >= seq);
  }
}

/** An import of a model that knows nothing takes the place of what was learned. Gives its version. */
async function importNothing(one: Shop): Promise<number> {
  const lease = await one.deps.deltas.lead(new AbortController().signal);
  const rows = { dim: model.dim, configHash: configHash(model), names: [undefined], words: [], tables: [] };
  const { version } = await importModel(one.deps, rows, { model, epoch: lease.epoch, reason: 'bad' });
  await lease.release();
  return version;
}

/** A snapshot of the newest version, as a follower that had no rows would cut it. */
async function cut(one: Shop): Promise<number> {
  const { version, applied, checksum } = await one.deps.deltas.state();
  const parent = checksum;
  const writer = await one.deps.snapshots.begin(version);
  const header = { flags: 0, version, fromSeq: applied + 1, toSeq: applied, learnedMs: 0, epoch: 1, dim: model.dim, configHash: configHash(model), trainingHash: 0 };
  await writer?.chunk(encodeDelta({ header, vocabulary: [], tables: [] }), version);
  await writer?.finish({ version, applied, checksum, parent });
  return version;
}

async function loaded(one: Shop, seq: number): Promise<ModelPosition & { readonly names: number }> {
  let names = 0;
  return { ...(await loadUpTo(one.deps, { name: () => void names++, write: () => undefined }, seq)), names };
}

test('after an import the serving model of the comparison is the imported one or what came of it, however far back the events begin', async () => {
  const one = shop();
  await one.describeItems();
  await goOn(one, 12);
  const importedBehind = await one.deps.entries.head();
  const imported = await importNothing(one);
  await goOn(one, 8);
  for (const back of [1, 5, 10_000]) {
    const found = await loaded(one, importedBehind - back);
    expect(found).toMatchObject({ version: imported, applied: importedBehind, names: 0 });
  }
  expect(await loaded(one, importedBehind)).toMatchObject({ version: imported, applied: importedBehind });
  const later = await loaded(one, importedBehind + 3);
  expect(later).toMatchObject({ version: imported + 3, applied: importedBehind + 3 });
  expect(later.names).toBeGreaterThan(0);
});

test('where retention has dropped the import’s own snapshot, the oldest one behind it is taken, not the lineage before, which a label keeps', async () => {
  const one = shop();
  await goOn(one, 6);
  const old = await cut(one);
  one.deps.snapshots.keepFor(() => [old]);
  await goOn(one, 4);
  await importNothing(one);
  await goOn(one, 4);
  const first = await cut(one);
  await goOn(one, 4);
  await cut(one);
  await goOn(one, 4);
  const [before, since] = await one.deps.snapshots.rebuildable();
  expect(before).toEqual({ from: old, to: old });
  expect(since?.from).toBe(first);
  expect((await loaded(one, 8)).version).toBe(first);
});

test('a refit is judged on what came since the import; when that is too little it is refused for want of events, and says since when', async () => {
  const one = shop();
  await one.describeItems();
  await goOn(one, 40);
  const head = await one.deps.entries.head();
  const imported = await importNothing(one);
  await goOn(one, 10);
  const hooks = { signal: new AbortController().signal, progress: () => undefined };
  const judged = (gate: number) => runRefit({ ...options, leastOverlap: 0 }, { epochs: 1, gate }, { ...hooks, stores: one.deps });
  const few = await judged(60);
  expect(few).toMatchObject({ made: false, refused: expect.stringContaining(`too_few_events: `) as unknown });
  expect(few).toMatchObject({ refused: expect.stringContaining(`(only entries behind ${head} are compared: the model that serves is stored from version ${imported} on)`) as unknown });
  expect(few.report.gate?.events).toBeGreaterThan(10);
  expect(few.report.gate?.events).toBeLessThanOrEqual(10 * EVENTS);
  // Enough of them lie behind it: nothing is said.
  const enough = await judged(10);
  expect(enough.report.gate?.events).toBeGreaterThanOrEqual(10);
  expect(enough.made ? '' : enough.refused).not.toContain('only entries behind');
});
