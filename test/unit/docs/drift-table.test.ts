/**
 * The table of delays and false alarms in docs/BENCHMARKS.md, computed anew: ten seeded streams for each line, a change at
 * value 10,000 of 20,000. A difference shows the lines as they should stand.
 */
import { readFileSync } from 'node:fs';
import { createAdwin } from '@freshet/shared/domain/quality/adwin';
import type { DriftDetector } from '@freshet/shared/domain/quality/drift';
import { createPageHinkley } from '@freshet/shared/domain/quality/page-hinkley';
import { expect, it } from 'vitest';
import { type Detection, hits, hitWindows, losses, type Shape, watch, watchWindows } from '../shared/domain/quality/streams.js';

const SEEDS = Array.from({ length: 10 }, (_, i) => 101 + i);

const STREAMS: readonly { name: string; shape: Shape; values: (seed: number) => Iterable<number>; signal: 'hits' | 'loss' }[] = [
  { name: 'hit ratio .4 → .3, at once', shape: 'abrupt', values: (seed) => hits('abrupt', 0.1, seed), signal: 'hits' },
  { name: 'hit ratio .4 → .35, at once', shape: 'abrupt', values: (seed) => hits('abrupt', 0.05, seed), signal: 'hits' },
  { name: 'hit ratio .4 → .3, over 5,000', shape: 'gradual', values: (seed) => hits('gradual', 0.1, seed), signal: 'hits' },
  { name: 'hit ratio .4, no change', shape: 'none', values: (seed) => hits('none', 0, seed), signal: 'hits' },
  { name: 'loss + 1 σ, at once', shape: 'abrupt', values: (seed) => losses('abrupt', 0.25, seed), signal: 'loss' },
  { name: 'loss + .4 σ, at once', shape: 'abrupt', values: (seed) => losses('abrupt', 0.1, seed), signal: 'loss' },
  { name: 'loss + 1 σ, over 5,000', shape: 'gradual', values: (seed) => losses('gradual', 0.25, seed), signal: 'loss' },
  { name: 'loss, no change', shape: 'none', values: (seed) => losses('none', 0, seed), signal: 'loss' },
];

const DETECTORS: readonly { readonly hits: () => DriftDetector; readonly loss: () => DriftDetector }[] = [
  { hits: () => createAdwin(), loss: () => createAdwin({ range: 4 }) },
  { hits: () => createPageHinkley({ direction: 'down' }), loss: () => createPageHinkley({ direction: 'up' }) },
];

function cell(found: readonly Detection[], shape: Shape): string {
  const delays = found.flatMap(({ delay }) => (delay === undefined ? [] : [delay])).sort((a, b) => a - b);
  const falseAlarms = found.reduce((sum, one) => sum + one.falseAlarms, 0);
  if (shape === 'none') return `– · ${falseAlarms}`;
  const show = (value: number | undefined): string => (value ?? 0).toLocaleString('en');
  const missed = SEEDS.length - delays.length;
  return `${show(delays[Math.floor(delays.length / 2)])} (${show(delays[0])}–${show(delays.at(-1))})${missed === 0 ? '' : `, ${missed} missed`} · ${falseAlarms}`;
}

function pageLines(): readonly string[] {
  return readFileSync(new URL('../../../docs/BENCHMARKS.md', import.meta.url), 'utf8').split('\n');
}

it('the table of the trainer’s watch says what it does', () => {
  const streams: readonly (readonly [name: string, shape: Shape, by: number])[] = [
    ['watched: hit ratio .4 → .3, at once', 'abrupt', 0.1],
    ['watched: hit ratio .4 → .35, at once', 'abrupt', 0.05],
    ['watched: hit ratio .4 → .3, over 5,000', 'gradual', 0.1],
    ['watched: hit ratio .4, no change', 'none', 0],
  ];
  const lines = streams.map(([name, shape, by]) => `| ${name} | ${cell(SEEDS.map((seed) => watchWindows(hitWindows(shape, by, seed), shape)), shape)} |`);
  expect(pageLines().filter((line) => line.startsWith('| watched: '))).toEqual(lines);
}, 60_000);

it('the table of the drift detectors says what they do', () => {
  const lines = STREAMS.map((stream) => `| ${[stream.name, ...DETECTORS.map((detector) => cell(SEEDS.map((seed) => watch(detector[stream.signal](), stream.values(seed), stream.shape)), stream.shape))].join(' | ')} |`);
  const page = pageLines();
  expect(page.filter((line) => /^\| (hit ratio|loss)[ ,]/.test(line))).toEqual(lines);
}, 60_000);
