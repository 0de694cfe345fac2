/**
 * What freshness is worth: replays of the three public sets with the model published at once, each minute, hour, day and week.
 *
 *   node scripts/freshness-value.js DATA [--intervals 1m,1h,1d,1w] [--stale-histories]
 *
 * In: the directory of the data sets (docs/BENCHMARKS.md says which). Out: a table in Markdown on stdout and docs/images/freshness.svg
 * (not with --stale-histories). Progress goes to stderr. One run for each set, minutes in all.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { root } from './lib/files.js';
import { freshnessPicture, freshnessTable } from './lib/freshness-picture.js';

const SETS = [
  { name: 'yoochoose-clicks-100k', preset: 'yoochoose', path: 'yoochoose-clicks-100k' },
  { name: 'amazon-grocery', preset: 'amazon-grocery', path: 'amazon-grocery' },
  { name: 'online-retail-ii', preset: 'online-retail-ii', path: 'online-retail-ii/online_retail_2009_2010.csv.gz' },
];

const run = promisify(execFile);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { intervals: { type: 'string', default: '1m,1h,1d,1w' }, 'stale-histories': { type: 'boolean', default: false } },
});
const [data] = positionals;
if (data === undefined) throw new Error('Name the directory of the data sets: node scripts/freshness-value.js DATA');

/** @type {import('./lib/freshness-picture.js').Series[]} */
const series = [];
for (const { name, preset, path } of SETS) {
  process.stderr.write(`${name} …\n`);
  const result = await replay([join(data, path), '--preset', preset, '--publish-every', values.intervals, ...(values['stale-histories'] ? ['--stale-histories'] : [])]);
  const published = result.published.map(({ every, hr_10, ndcg_10 }) => ({ every, hr: hr_10, ndcg: ndcg_10 }));
  series.push({ name, points: [{ every: 'now', hr: result.hr_10, ndcg: result.ndcg_10 }, ...published] });
}
process.stdout.write(freshnessTable(series));
if (!values['stale-histories']) writeFileSync(join(root, 'docs/images/freshness.svg'), freshnessPicture(series));

/**
 * @typedef {{ readonly hr_10: number, readonly ndcg_10: number }} Accuracy
 * @param {readonly string[]} args
 * @returns {Promise<Accuracy & { readonly published: readonly (Accuracy & { readonly every: string })[] }>}
 */
async function replay(args) {
  const { stdout } = await run(process.execPath, [join(root, 'packages/freshet/bin/freshet.js'), 'replay', ...args, '--json', '--quiet']);
  return /** @type {Accuracy & { published: (Accuracy & { every: string })[] }} */ (JSON.parse(stdout));
}
