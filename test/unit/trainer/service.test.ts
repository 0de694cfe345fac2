/** The trainer on adapters in memory: what it does when things go wrong around it. */
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '@freshet/shared/logger';
import { decodeDelta, FLAG_RESTARTED } from '@freshet/shared/codec/delta';
import type { DeltaLog, DeltaRecord } from '@freshet/shared/ports/delta-log';
import { resolveTrainerOptions } from '@freshet/trainer/config';
import { startTrainer, type Trainer } from '@freshet/trainer/service';
import { options, shop, type Shop } from './support/shop.js';

const running: Trainer[] = [];

function start(one: Shop, deps: Partial<Shop['deps']> = {}): Trainer {
  const trainer = startTrainer(options, { ...one.deps, ...deps });
  running.push(trainer);
  return trainer;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((trainer) => trainer.stop()));
});

async function chain({ deltas }: Shop): Promise<readonly DeltaRecord[]> {
  return deltas.read(0, 10_000);
}

/** Each entry is learned by exactly one version, in order. */
async function expectOnce(one: Shop, last: number): Promise<void> {
  let next = 1;
  for (const [place, delta] of (await chain(one)).entries()) {
    expect(delta.version).toBe(place + 1);
    expect(delta.fromSeq).toBe(next);
    next = delta.toSeq + 1;
  }
  expect(next - 1).toBe(last);
}

describe('the trainer', () => {
  it('learns types of the shop’s own with their weight; one it was not told about is kept, not learned, and said once', async () => {
    const learned = async (customTypes: Record<string, number>) => {
      const one = shop();
      await one.describeItems();
      const warnings: string[] = [];
      const log = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
      const trainer = startTrainer({ ...options, customTypes }, { ...one.deps, log });
      running.push(trainer);
      const last = await one.send(40, 'wishlist').then(() => one.send(40, 'wishlist'));
      await expect.poll(() => trainer.status().applied).toBe(last);
      const examples = (await one.deps.metrics.render()).match(/^freshet_trainer_examples_total (\d+)/m)?.[1];
      const bytes = Buffer.concat((await chain(one)).map((delta) => delta.bytes));
      return { warnings, examples: Number(examples), bytes };
    };
    const [unknown, light, heavy] = [await learned({}), await learned({ wishlist: 0.5 }), await learned({ wishlist: 5 })];
    expect(unknown.examples).toBe(0);
    expect(unknown.warnings).toEqual([expect.stringMatching(/events of the type wishlist, which this process was not told about/)]);
    expect(light.examples).toBeGreaterThan(0);
    expect([light.warnings, heavy.warnings]).toEqual([[], []]);
    expect(heavy.bytes.equals(light.bytes)).toBe(false);
  });

  it('learns what is in the log when it starts and what comes later, each entry in one version', async () => {
    const one = shop();
    await one.describeItems();
    await one.send(20);
    const trainer = start(one);
    await expect.poll(() => trainer.status().applied).toBe(2);
    await one.send(40);
    const last = await one.send(3);
    await expect.poll(() => trainer.status().applied).toBe(last);
    await expectOnce(one, last);
    const learned = (await chain(one)).flatMap((delta) => decodeDelta(delta.bytes).tables);
    expect(learned.some((rows) => rows.table === 'item' && rows.ids.length > 12)).toBe(true);
    expect(learned.some((rows) => rows.table === 'follow')).toBe(true);
  });

  it('goes on where the last one ended, and says that its replay buffer was empty', async () => {
    const one = shop();
    await one.describeItems();
    await one.send(30);
    const first = start(one);
    await expect.poll(() => first.status().applied).toBe(2);
    await first.stop();
    const last = await one.send(30);
    const second = start(one);
    await expect.poll(() => second.status().applied).toBe(last);
    await expectOnce(one, last);
    const flags = (await chain(one)).map((delta) => decodeDelta(delta.bytes).header.flags & FLAG_RESTARTED);
    expect(flags.at(0)).toBe(FLAG_RESTARTED);
    expect(flags.at(-1)).toBe(FLAG_RESTARTED);
    expect((await chain(one)).map((delta) => delta.epoch)).toEqual(expect.arrayContaining([1, 2]));
  });

  it('sends the same bytes again when a commit ends without an answer, and never trains them twice', async () => {
    const one = shop();
    const attempts: DeltaRecord[] = [];
    const unsure: DeltaLog = {
      ...one.deltas,
      commit: async (delta) => {
        attempts.push(delta);
        const result = await one.deltas.commit(delta);
        // Committed, but the answer is lost: twice.
        if (attempts.length <= 2) throw new Error('connection reset');
        return result;
      },
    };
    await one.describeItems();
    const trainer = start(one, { deltas: unsure });
    await expect.poll(() => trainer.status().applied).toBe(1);
    expect(attempts).toHaveLength(3);
    expect(new Set(attempts.map((delta) => delta.bytes.toString('hex'))).size).toBe(1);
    const last = await one.send(5);
    await expect.poll(() => trainer.status().applied).toBe(last);
    await expectOnce(one, last);
  });

  it('drops its memory when it is fenced off, and learns from the published state when it leads again', async () => {
    const one = shop();
    await one.describeItems();
    const trainer = start(one);
    await expect.poll(() => trainer.status().applied).toBe(1);
    one.deltas.oust();
    const last = await one.send(50);
    await expect.poll(() => trainer.status().applied).toBe(last);
    await expectOnce(one, last);
    expect((await chain(one)).at(-1)?.epoch).toBe(2);
  });

  it('refuses to go on with a model of another dimension, and says what to do', async () => {
    const one = shop();
    await one.describeItems();
    const first = start(one);
    await expect.poll(() => first.status().applied).toBe(1);
    await first.stop();
    const other = startTrainer(resolveTrainerOptions({ ...options, model: { ...options.model, dim: 32 } }), one.deps);
    await expect(other.done).rejects.toThrow(/dimension 16.*--dim 16/);
  });

  it('learns on with other learning rates and another seed: rows mean the same', async () => {
    const one = shop();
    await one.describeItems();
    const first = start(one);
    await expect.poll(() => first.status().applied).toBe(1);
    await first.stop();
    const last = await one.send(40);
    const other = startTrainer(resolveTrainerOptions({ ...options, model: { ...options.model, negatives: 16, rowRate: 0.05, seed: 9 } }), one.deps);
    running.push(other);
    await expect.poll(() => other.status().applied).toBe(last);
    const hashes = new Set((await chain(one)).map((delta) => decodeDelta(delta.bytes).header.trainingHash));
    expect(hashes.size).toBe(2);
  });

  it('waits while another one leads, and takes over when that stops', async () => {
    const one = shop();
    await one.describeItems();
    const leader = start(one);
    await expect.poll(() => leader.status().leading).toBe(true);
    const standby = start(one);
    await one.send(10);
    await expect.poll(() => leader.status().applied).toBe(2);
    expect(standby.status().leading).toBe(false);
    await leader.stop();
    await expect.poll(() => standby.status().leading).toBe(true);
    const last = await one.send(10);
    await expect.poll(() => standby.status().applied).toBe(last);
    await expectOnce(one, last);
  });

  it('finds entries that no job has told it of', async () => {
    const one = shop();
    const trainer = start(one);
    await expect.poll(() => trainer.status().leading).toBe(true);
    const last = await one.describeItems();
    await expect.poll(() => trainer.status().applied, { timeout: 5_000 }).toBe(last);
  });

  it('keeps events that find no room as dead letters and learns their neighbours', async () => {
    const one = shop();
    const trainer = startTrainer(resolveTrainerOptions({ model: { dim: 16, negatives: 8, replayCapacity: 10 }, threads: 1, maxItems: 4, minGapMs: 1 }), one.deps);
    running.push(trainer);
    const last = await one.send(12);
    await expect.poll(() => trainer.status().applied).toBe(last);
    await expect.poll(async () => (await one.deps.deadLetters.list({ limit: 100 })).length).toBe(8);
    expect((await one.deps.deadLetters.list({ limit: 1 }))[0]).toMatchObject({ queue: 'trainer', code: 'items_full' });
  });

  it('shows its queue, its threads and how full its tables are in a scrape', async () => {
    const one = shop();
    await one.describeItems();
    const trainer = start(one);
    const last = await one.send(20);
    await expect.poll(() => trainer.status().applied).toBe(last);
    const scrape = () => one.deps.metrics.render();
    await expect.poll(scrape).toMatch(/^freshet_trainer_threads\{state="idle"\} 1$/m);
    const text = await scrape();
    for (const state of ['waiting', 'active', 'failed']) expect(text).toMatch(new RegExp(`^freshet_queue_jobs\\{queue="wake-ups",state="${state}"\\} \\d+$`, 'm'));
    expect(text).toContain('freshet_trainer_threads{state="busy"} 0');
    expect(text).toContain('freshet_table_rows{table="item"} 12\n');
    expect(text).toContain('freshet_table_rows_limit{table="item"} 200\n');
  });

  it('keeps the last counts of a queue that is away, and the scrape goes on', async () => {
    const one = shop();
    let away = false;
    const counts = () => (away ? Promise.reject(new Error('queue is away')) : Promise.resolve({ waiting: 7, active: 1, failed: 2, oldestWaitingAt: undefined }));
    const trainer = start(one, { queue: { ...one.deps.queue, counts } });
    await expect.poll(() => trainer.status().leading).toBe(true);
    const before = await one.deps.metrics.render();
    away = true;
    const after = await one.deps.metrics.render();
    for (const text of [before, after]) expect(text).toContain('freshet_queue_jobs{queue="wake-ups",state="waiting"} 7');
  });

  it('trains on when a stop comes in the middle, and what it had learned is committed', async () => {
    const one = shop();
    await one.describeItems();
    const trainer = start(one);
    await expect.poll(() => trainer.status().leading).toBe(true);
    const sends = Array.from({ length: 20 }, () => one.send(50));
    await Promise.all(sends);
    await trainer.stop();
    await expectOnce(one, trainer.status().applied);
  });
});
