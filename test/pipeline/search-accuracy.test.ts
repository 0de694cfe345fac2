/**
 * Search on real titles never finds less than issue 6 set, and docs/BENCHMARKS.md reports more. The data isn't part of the project:
 * FRESHET_DATA names its directory (default: `shared/data` beside the checkout); without it this test is skipped, loudly.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runBench } from 'freshet/bench/run';
import { expect, it } from 'vitest';

const data = process.env['FRESHET_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
const file = path.join(data, 'online-retail-ii', 'online_retail_2009_2010.csv.gz');
const isThere = existsSync(file);
if (!isThere) console.warn(`SKIPPED: there is no ${file}; set FRESHET_DATA to hold what search finds.`);

it.skipIf(!isThere)('known items are found by title, beginning, typo and two words, and in Chinese by title and name', { timeout: 300_000 }, async () => {
  const result = await runBench('search', { data: file, preset: 'online-retail-ii', every: '0' }, { environment: process.env, signal: new AbortController().signal, say: () => undefined });
  const atLeast = (least: number) => expect.toSatisfy((value: unknown) => typeof value === 'number' && value >= least, `at least ${least}`);
  expect(result).toMatchObject({
    queries: { whole: 1_000, prefix: 1_000, typo: 1_000, two_words: 1_000 },
    mrr_10: { whole: atLeast(0.98), prefix: atLeast(0.88), typo: atLeast(0.97), two_words: atLeast(0.67) },
    chinese: { titles: 300, mrr_10: { whole: atLeast(0.98), name: atLeast(0.93) } },
  });
});
