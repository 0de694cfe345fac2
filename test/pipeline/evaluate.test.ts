/**
 * Offline evaluations through the command line, as a user runs them. On the public sets at small settings (the full ones take minutes:
 * docs/BENCHMARKS.md): the bounds are a little below what those settings reach. FRESHET_DATA names the directory of the sets
 * (default: `shared/data` beside the checkout); without it these tests are skipped, loudly.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { EvaluateResult } from 'freshet/evaluate/result';
import { directory } from '../support/data-files.js';

const run = promisify(execFile);
const MAIN = createRequire(import.meta.url).resolve('freshet/main');
const root = fileURLToPath(new URL('../..', import.meta.url));
const data = process.env['FRESHET_DATA'] ?? join(root, '../shared/data');
const present = existsSync(data);
if (!present) console.warn(`SKIPPED: there are no data sets in ${data}; set FRESHET_DATA to hold the accuracy of evaluations.`);

async function evaluate(...args: string[]): Promise<EvaluateResult> {
  const { stdout } = await run(process.execPath, [MAIN, 'evaluate', ...args, '--json', '--quiet'], { maxBuffer: 1 << 20 });
  return JSON.parse(stdout) as EvaluateResult;
}

const QUICK = ['--dim', '64', '--negatives', '256', '--epochs', '3', '--history-dropout', '0.1'];

describe.skipIf(!present)('an evaluation of a public set', () => {
  it('of yoochoose-clicks-100k: every prefix of its test sessions, all items ranked', async () => {
    const result = await evaluate(join(data, 'yoochoose-clicks-100k'), '--preset', 'yoochoose-clicks-100k', ...QUICK);
    console.info(`yoochoose-clicks-100k: R@20 ${result.recall_20.toFixed(4)} MRR@20 ${result.mrr_20.toFixed(4)} in ${result.seconds.toFixed(0)} s`);
    expect(result).toMatchObject({ protocol: 'sessions', candidates: 'all', events: 70_278, items: 2_933, tested: 10_152, unknown: 0, dropped: 0, refused: 0, mse: null });
    expect(result.recall_20).toBeGreaterThan(0.68);
    expect(result.mrr_20).toBeGreaterThan(0.34);
    expect(result.auc).toBeGreaterThan(0.94);
    expect(result.coverage).toBeGreaterThan(0.8);
  }, 600_000);

  it('of amazon-grocery: each user’s last item among 99 sampled negatives', async () => {
    const result = await evaluate(join(data, 'amazon-grocery'), '--preset', 'amazon-grocery', ...QUICK);
    console.info(`amazon-grocery: HR@5 ${result.hr_5.toFixed(4)} NDCG@5 ${result.ndcg_5.toFixed(4)} in ${result.seconds.toFixed(0)} s`);
    expect(result).toMatchObject({ protocol: 'leave-one-out', candidates: 99, events: 121_892, items: 8_713, users: 14_681, tested: 14_681, unknown: 170, dropped: 0, refused: 0 });
    expect(result.hr_5).toBeGreaterThan(0.39);
    expect(result.ndcg_5).toBeGreaterThan(0.3);
    expect(result.auc).toBeGreaterThan(0.73);
  }, 600_000);
});

describe('an evaluation of any files', () => {
  const ring = (from: number, sessions: number): string =>
    ['s,i', ...Array.from({ length: sessions }, (_, s) => [0, 1, 2, 3].map((k) => `${from + s},i${(s + k) % 12}`)).flat()].join('\n');
  const SMALL = ['--dim', '16', '--negatives', '8', '--columns', 'session=s,item=i', '--protocol', 'sessions'];

  it('prints one JSON document with every figure that is promised', async () => {
    const path = directory({ 'train.csv': ring(0, 60), 'test.csv': ring(100, 12) });
    const result = await evaluate('--train', join(path, 'train.csv'), '--test', join(path, 'test.csv'), ...SMALL, '--epochs', '20');
    expect(result).toMatchObject({ tested: 36, epochs: 20, recall_20: 1, hr_5: 1, mse: null });
    const promised = ['recall_20', 'mrr_20', 'hr_10', 'ndcg_10', 'hr_5', 'ndcg_5', 'coverage', 'auc', 'accuracy', 'precision_10', 'f1_10', 'seconds', 'examples_per_second'] as const;
    expect(promised.filter((name) => !(result[name] > 0))).toEqual([]);
  });

  it('ends with 2 and a sentence when a file or a column is not there', async () => {
    const path = directory({ 'train.csv': ring(0, 3) });
    const train = join(path, 'train.csv');
    await expect(evaluate('--train', train, '--test', join(path, 'no.csv'), ...SMALL)).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/There is no file .*no\.csv/) as string });
    await expect(evaluate('--train', train, '--test', train, '--columns', 'session=s,item=sku')).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/sku/) as string });
    await expect(evaluate('--train', train, '--test', train, '--preset', 'amazon-grocery')).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/directory/) as string });
  });
});
