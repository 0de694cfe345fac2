/**
 * Every bench in its shortest form: it runs, returns its documented fields (docs/API), and leaves nothing behind.
 * The figures themselves are not judged here: this machine is busy with tests.
 */
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BenchContext } from 'freshet/bench/bench';
import { runBench } from 'freshet/bench/run';

const LIMIT_MS = 120_000;
let before: ReadonlySet<string>;

async function workplaces(): Promise<ReadonlySet<string>> {
  return new Set((await readdir(tmpdir())).filter((name) => name.startsWith('freshet-bench-')));
}

beforeEach(async () => {
  before = await workplaces();
});
afterEach(async () => {
  for (const left of await workplaces()) expect(before, 'a temporary directory was left behind').toContain(left);
});

function context(signal = new AbortController().signal): BenchContext {
  return { environment: process.env, signal, say: () => undefined };
}

const positive = expect.toSatisfy((value: unknown) => typeof value === 'number' && value > 0);
const number = expect.any(Number);
const described = {
  measures: expect.any(String),
  not_measured: expect.arrayContaining([expect.any(String)]),
  machine: { cpu: expect.any(String), cores: positive, memory_gb: number, node: process.version, platform: expect.any(String) },
  seconds: positive,
};

describe('bench', () => {
  it('swap finds no answer of two versions and no error while all rows change, in place and in a copy', { timeout: 2 * LIMIT_MS }, async () => {
    for (const items of ['1000', '6000']) {
      const result = await runBench('swap', { swaps: '10', requests: '300', items }, context());
      expect(result).toMatchObject({ ...described, swaps: 10, kinds: { delta: 4, rollback: 2, undone: 2, snapshot: 2 }, mixed: 0, errors: 0, stall_ms: { p50: number, p99: number, max: number, steps: positive } });
      expect(result['answers']).toBeGreaterThanOrEqual(300);
      expect(result['versions']).toBeGreaterThanOrEqual(7);
    }
  });

  it('ingest counts as durable exactly what was accepted', { timeout: LIMIT_MS }, async () => {
    const result = await runBench('ingest', { seconds: '1', batch: '100', connections: '4', users: '500', items: '200' }, context());
    expect(result).toMatchObject({
      ...described,
      events_per_second: positive,
      latency_ms: { p50: positive, p90: positive, p95: positive, p99: positive },
      accepted: positive,
      durable: result['accepted'],
      lost: 0,
      doubled: 0,
      errors: 0,
    });
  });

  it('ingest on tables that hold ids, with a trainer beside it, tells what an event cost and how far the trainer was behind', { timeout: LIMIT_MS }, async () => {
    const flags = { seconds: '1', batch: '100', connections: '4', users: '500', items: '200', ids: '2001', trainer: 'on' };
    const result = await runBench('ingest', flags, context());
    expect(result).toMatchObject({
      ...described,
      durable: result['accepted'],
      lost: 0,
      doubled: 0,
      ids: 2_001,
      filled_seconds: positive,
      ingest_cpu_us_per_event: positive,
      wal_bytes_per_event: positive,
      trainer: { events_behind: number, learned_seconds_later: number },
    });
  });

  it('import counts as durable exactly what was accepted, and waits until it is learned', { timeout: LIMIT_MS }, async () => {
    const result = await runBench('import', { rows: '3000', users: '300', items: '200' }, context());
    const { rows, accepted, rejected } = result as unknown as Record<'rows' | 'accepted' | 'rejected', number>;
    expect([rows, accepted + rejected]).toEqual([3_000, 3_000]);
    expect(result).toMatchObject({ ...described, rows_per_second: positive, events_per_second: positive, accepted: positive, durable: accepted, lost: 0, doubled: 0, trainer: { examples_per_second: number, items_behind: number, learned_seconds_later: number } });
  });

  it('train gives examples a second for each number of threads', { timeout: LIMIT_MS }, async () => {
    const result = await runBench('train', { seconds: '1', items: '500', dim: '16', negatives: '16', threads: '0,1', engine: 'wasm' }, context());
    const speed = { examples_per_second: positive, gflops: positive };
    expect(result).toMatchObject({ ...described, engine: 'wasm', threads: { '0': speed, '1': speed } });
  });

  it('backlog learns every event with either budget, and compares them', { timeout: LIMIT_MS }, async () => {
    const result = await runBench('backlog', { events: '10000', turns: '1', items: '300', users: '500' }, context());
    const budget = { events_per_second: positive, least: positive, most: positive };
    expect(result).toMatchObject({ ...described, fixed: { ...budget, replay_at_the_end: 1, negatives_at_the_end: 256 }, adaptive: budget, ratio: positive, lost: 0, doubled: 0 });
  });

  it('serve answers people with a history personally, finds what an exact search finds', { timeout: LIMIT_MS }, async () => {
    const flags = { seconds: '1', items: '300', users: '100', events: '1000', rate: '100', connections: '4', rowChangesPerSecond: '500' };
    const result = await runBench('serve', flags, context());
    expect(result).toMatchObject({
      ...described,
      requests_per_second: 100,
      latency_ms: { p50: positive, p90: positive, p95: positive, p99: positive, max: positive },
      errors: 0,
      rss_mb: positive,
      recall_20: 1,
      retrieval: 'floats',
      answered_by: { personal: positive },
      row_changes_per_second: positive,
    });
  });

  it('serve keeps a filled shop and asks it again, and refuses one of other numbers', { timeout: LIMIT_MS }, async () => {
    const shop = await mkdtemp(path.join(tmpdir(), 'freshet-shop-'));
    await chmod(shop, 0o755);
    try {
      const flags = { seconds: '1', items: '300', users: '100', events: '1000', rate: '50', connections: '4', shop };
      const said: string[] = [];
      for (let run = 0; run < 2; run++) {
        const result = await runBench('serve', flags, { ...context(), say: (line) => said.push(line) });
        expect(result).toMatchObject({ ...described, requests_per_second: 50, errors: 0, answered_by: { personal: positive }, recall_20: 1 });
      }
      expect(said.filter((line) => line.startsWith('filling'))).toHaveLength(1);
      await expect(runBench('serve', { ...flags, items: '301' }, context())).rejects.toThrow('holds another shop');
    } finally {
      await rm(shop, { recursive: true, force: true });
    }
  });

  it('change sees every change of price, stock and availability act on every answer, usually within a tenth of a second', { timeout: LIMIT_MS }, async () => {
    const result = await runBench('change', { items: '400', users: '100', events: '3000', changes: '4' }, context());
    const figures = { p50: positive, p90: positive, p99: positive, max: positive };
    expect(result).toMatchObject({
      ...described,
      act_ms: { recommendations: figures, similar: figures, search: figures },
      by_change_ms: { price: figures, stock: figures, availability: figures },
      // Each item is changed in three ways, there and back, and three answers are asked.
      samples: 72,
      missed: 0,
    });
    for (const { p50 } of Object.values(result['act_ms'] as Record<string, { p50: number }>)) expect(p50).toBeLessThan(100);
  });

  it('freshness follows every request to the model, and finds nothing lost and nothing doubled', { timeout: LIMIT_MS }, async () => {
    const flags = { seconds: '1', warmUpSeconds: '1', rate: '200', items: '300', users: '500', history: '500' };
    const result = await runBench('freshness', flags, context());
    const stage = { p50: number, p99: number };
    expect(result).toMatchObject({
      ...described,
      events: 200,
      accepted: 400,
      total_ms: { p50: positive, p90: positive, p99: positive, max: positive },
      own_list_ms: { p50: positive, p99: positive },
      stages_ms: { accept: stage, queue: stage, train: stage, commit: stage, apply: stage },
      delta_bytes_per_event: positive,
      delta_mb_per_second: positive,
      samples: { total: 20, missed: 0 },
      errors: 0,
      lost: 0,
      doubled: 0,
      learned: { breaks: 0 },
    });
    const { last_sequence: last, applied } = result['learned'] as Record<string, number>;
    expect(applied).toBe(last);
  });

  it('soak passes hours at speed and weighs memory, disk and freshness after each', { timeout: LIMIT_MS }, async () => {
    const result = await runBench('soak', { hours: '2', hourSeconds: '60', rate: '10', speed: '1000', probeSeconds: '1' }, context());
    const hour = { events_per_second: positive, lag_ms: { p50: positive, max: positive }, rss_mb: positive, disk_mb: positive };
    expect(result).toMatchObject({ ...described, hours: [hour, hour], accepted: 1_200, lost: 0, doubled: 0, learned: { breaks: 0 } });
    const { last_sequence: last, applied } = result['learned'] as Record<string, number>;
    expect(applied).toBe(last);
  });

  it('memory weighs each part of a trainer that holds what was asked for', { timeout: LIMIT_MS }, async () => {
    const result = await runBench('memory', { items: '500', dim: '16', words: '100', users: '300', events: '3', replay: '500' }, context());
    const parts = { process_mb: positive, model_mb: number, followers_mb: number, texts_mb: number, histories_mb: number, known_people_mb: number, learning_mb: number };
    expect(result).toMatchObject({ ...described, rss_mb: positive, peak_mb: positive, held: { items: 500, words: 100, histories: 300, open: 300, people: 300 }, fold_us: { open: positive, packed: positive }, parts });
  });

  it('stops what it has started when it is aborted', { timeout: LIMIT_MS }, async () => {
    const abort = new AbortController();
    const running = runBench('serve', { items: '300' }, { ...context(abort.signal), say: (line) => line.startsWith('filling') && abort.abort() });
    await expect(running).rejects.toThrow();
  });
});
