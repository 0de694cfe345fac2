import { NOTHING_SPENT } from '@freshet/trainer/learner/draft';
import { describe, expect, it } from 'vitest';
import type { LearnerEvent, LearnerRequest, ReplayLearner, RoundOptions, RoundReport } from 'freshet/replay/learner-port';
import { resolveReplayOptions, type ReplayFlags } from 'freshet/replay/options';
import { describeReplay, type ReplayResult } from 'freshet/replay/result';
import { runReplay } from 'freshet/replay/run';
import { createHistories } from '@freshet/shared/domain/histories';
import { file } from '../../../support/data-files.js';

interface Recording {
  readonly requests: LearnerRequest[];
  readonly rounds: { events: readonly LearnerEvent[]; options: RoundOptions | undefined }[];
  readonly lines: string[];
  entries: number;
  closed: number;
}

/** A learner that ranks every event it is asked to rank as the second best, and may fail. */
function fake(recording: Recording, failure?: Error): ReplayLearner {
  return {
    round(events, options): Promise<RoundReport> {
      if (failure !== undefined) return Promise.reject(failure);
      recording.rounds.push({ events, options });
      const chosen = events.flatMap((event, index) => (options?.evaluate?.(event) === true ? [index] : []));
      const top = options?.collectTop === undefined ? {} : { top: ['i1', 'i2'] };
      return Promise.resolve({ examples: 2 * events.length, lossExamples: events.length, loss: 3, ranks: chosen.map((index) => ({ index, rank: 2, ...top })), refused: [], rankMs: 0, spent: NOTHING_SPENT });
    },
    learn(entries) {
      recording.entries += entries.length;
      return Promise.resolve({ examples: 0, lossExamples: 0, loss: 0, ranks: [], refused: [], rankMs: 0, spent: NOTHING_SPENT });
    },
    // What was published ranks worse: beyond the first ten.
    examine: (events, options) => events.flatMap((event, index) => (options?.evaluate?.(event) === true ? [{ index, rank: 12, among: 20 }] : [])),
    cut: () => ({ vocabulary: [], tables: [] }),
    read: (table) => ({ table, ids: new Uint32Array(), values: new Uint32Array() }),
    sink: { accept: () => undefined, name: () => undefined, write: () => undefined },
    histories: () => createHistories(),
    adopt: () => undefined,
    now: () => 0,
    whole: () => [],
    itemWords: () => [],
    adoptWords: () => Promise.resolve(),
    close() {
      recording.closed++;
      return Promise.resolve();
    },
  };
}

async function replay(content: string, flags: ReplayFlags, failure?: Error) {
  const recording: Recording = { requests: [], rounds: [], lines: [], entries: 0, closed: 0 };
  let time = 0;
  const now = (): number => (time += 10);
  const work = runReplay(resolveReplayOptions([file(content)], flags), {
    createLearner: (request) => {
      recording.requests.push(request);
      return Promise.resolve(fake(recording, failure));
    },
    createFit: () => Promise.reject(new Error('no refit was asked for')),
    now,
    progress: { step: () => undefined, say: (line) => recording.lines.push(line) },
  });
  return { recording, result: await work.catch((error: Error) => error) };
}

const EVENTS = `u,i\n${Array.from({ length: 100 }, (_, n) => `u${n % 5},i${n % 10}`).join('\n')}`;
const FLAGS = { columns: 'user=u,item=i' };

describe('runReplay', () => {
  it('drives the learner in batches of 32 in time order and evaluates after the given share', async () => {
    const { recording, result } = await replay(EVENTS, { ...FLAGS, evaluateAfter: '0.9' });
    expect(recording.rounds.map(({ events }) => events.length)).toEqual([32, 32, 32, 4]);
    const flat = recording.rounds.flatMap(({ events }) => events);
    expect(flat.map(({ event }) => event.item)).toEqual(Array.from({ length: 100 }, (_, n) => `i${n % 10}`));
    expect(new Set(flat.map(({ seq, index }) => `${seq}/${index}`)).size).toBe(100);
    expect(result).toMatchObject({ events: 100, tested: 10, hr_10: 1, ndcg_10: expect.closeTo(1 / Math.log2(3), 12), hr_20: 1, mrr_20: 0.5, users: 5, items: 10, coverage: 0.2, loss: 3, examples: 200, seed: 1, threads: 1 });
    expect(recording.closed).toBe(1);
  });

  it('has every field that the command promises', async () => {
    const { result } = await replay(EVENTS, FLAGS);
    const promised = ['events', 'tested', 'hr_10', 'ndcg_10', 'hr_20', 'mrr_20', 'coverage', 'floors', 'examples_per_second', 'seconds', 'seed'];
    expect(Object.keys(result)).toEqual(expect.arrayContaining(promised));
    expect(result).toMatchObject({ floors: { popularity: { hr_10: 1 }, follow: { hr_10: 1 } } });
    if (!(result instanceof Error)) expect(describeReplay(result)).toContain('100 events of 5 shoppers and 10 items; 20 tested');
  });

  it('evaluates only events that are learned as a target', async () => {
    const { result } = await replay('u,i,k\na,1,view\na,2,impression\na,3,dislike\na,4,cart', { columns: 'user=u,item=i,type=k', evaluateAfter: '0' });
    expect(result).toMatchObject({ events: 4, tested: 2 });
  });

  it('passes seed, threads, engine and --no-repeats on', async () => {
    const { recording } = await replay(EVENTS, { ...FLAGS, seed: '7', threads: '2', engine: 'reference', repeats: false });
    expect(recording.requests[0]).toMatchObject({ model: { seed: 7 }, threads: 2, engine: 'reference', maxItems: 11, trustedItems: true });
    expect(recording.rounds.every(({ options }) => options?.excludeSeen === true)).toBe(true);
  });

  it('loads the catalogue before the first event, and then trusts no other item', async () => {
    const { recording, result } = await replay(EVENTS, { ...FLAGS, items: file('id,title\ni1,One\ni2,Two') });
    expect(recording.entries).toBe(1);
    expect(recording.requests[0]).toMatchObject({ trustedItems: false, maxItems: 13 });
    expect(result).toMatchObject({ catalogue: 2 });
  });

  it('says what was left out', async () => {
    const { recording, result } = await replay('u,i,k\na,1,view\n,2,view\na,3,juggle', { columns: 'user=u,item=i,type=k' });
    expect(result).toMatchObject({ left_out: { unreadable: { total: 1, reasons: { 'no user': 1 } }, rejected: { total: 1, reasons: { 'unknown_type /type': 1 } } } });
    expect(recording.lines.join('\n')).toMatch(/1 unreadable \(1 no user\); first: .*line 3/);
  });

  it('ranks the same events with what was published at each interval, beside the learner’s own ranks', async () => {
    const { recording, result } = await replay(EVENTS, { ...FLAGS, publishEvery: 'now,1m,1h' });
    expect(result).toMatchObject({ tested: 20, hr_10: 1, stale_histories: false });
    expect((result as ReplayResult).published).toEqual([
      { every: '1m', publications: 2, hr_10: 0, ndcg_10: 0, hr_20: 1, mrr_20: expect.closeTo(1 / 12, 9) as number },
      { every: '1h', publications: 1, hr_10: 0, ndcg_10: 0, hr_20: 1, mrr_20: expect.closeTo(1 / 12, 9) as number },
    ]);
    expect(recording.requests.map(({ publish, threads }) => [publish, threads])).toEqual([['all', 1], [undefined, 0], [undefined, 0]]);
    expect(recording.closed).toBe(3);
    expect(describeReplay(result as ReplayResult)).toMatch(/the model +1\.0000.*\n +published every 1m +0\.0000/);
    expect((await replay(EVENTS, FLAGS)).result).toMatchObject({ published: [] });
  });

  it('refuses an interval that is none, and stale histories without one', () => {
    for (const publishEvery of ['0m', '1y', 'daily', '']) expect(() => resolveReplayOptions(['x'], { publishEvery })).toThrow(/--publish-every/);
    expect(resolveReplayOptions(['x'], { publishEvery: '2w, now' }).publishEvery).toEqual([{ text: '2w', ms: 14 * 86_400_000 }]);
    expect(() => resolveReplayOptions(['x'], { staleHistories: true })).toThrow(/--publish-every/);
  });

  it('closes the learner when it fails', async () => {
    const { recording, result } = await replay(EVENTS, FLAGS, new Error('no more memory'));
    expect(result).toEqual(new Error('no more memory'));
    expect(recording.closed).toBe(1);
  });
});

describe('options', () => {
  it.each([
    [{ evaluateAfter: '1' }, /--evaluate-after takes a share/],
    [{ evaluateAfter: 'most' }, /not "most"/],
    [{ seed: '-1' }, /--seed takes a whole number/],
    [{ threads: '1.5' }, /--threads takes a whole number from 0 to 64/],
    [{ engine: 'abacus' }, /--engine takes one of auto, wasm, tensorflow, reference/],
  ])('refuses %j', (flags, message) => {
    expect(() => resolveReplayOptions(['f'], flags)).toThrow(message);
  });
});
