/**
 * The public data sets, which aren't part of the project: FRESHET_DATA names their directory (default: `shared/data`
 * beside the checkout). Without it these tests are skipped, and say so.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cleanAll } from 'freshet/replay/clean-step';
import { createFloors } from 'freshet/replay/floors';
import { readSource } from 'freshet/replay/source';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const data = process.env['FRESHET_DATA'] ?? join(root, '../shared/data');
const present = existsSync(data);
if (!present) console.warn(`SKIPPED: there are no data sets in ${data}; set FRESHET_DATA to test replays on real data.`);

const SETS = [
  { preset: 'online-retail-ii', path: 'online-retail-ii/online_retail_2009_2010.csv.gz', events: 393_634, tested: 78_303, items: 4_006, popularity: [0.0454, 0.0221], follow: [0.3005, 0.1986] },
  { preset: 'amazon-grocery', path: 'amazon-grocery', events: 151_254, tested: 29_445, items: 8_713, popularity: [0.087, 0.0441], follow: [0.0918, 0.0552] },
  { preset: 'yoochoose', path: 'yoochoose-clicks-100k', events: 83_846, tested: 12_602, items: 2_933, popularity: [0.0767, 0.0402], follow: [0.351, 0.2271] },
] as const;

describe.skipIf(!present)('real data', () => {
  it.each(SETS)('$preset: events, tested events and floors are the published ones', { timeout: 180_000 }, async (set) => {
    const source = await readSource({ paths: [join(data, set.path)], preset: set.preset });
    const { events, rejected } = cleanAll(source.events);
    expect(events).toHaveLength(set.events);
    expect(rejected.total + source.bad.total + source.shiftedMs).toBe(0);
    const floors = createFloors({ noRepeats: source.noRepeats });
    const from = Math.floor(events.length * 0.8);
    for (const [index, { user, item = '', ts }] of events.entries()) floors.observe({ user, item, ts }, index >= from);
    const { tested, items, popularity, follow } = floors.figures();
    expect({ tested, items }).toEqual({ tested: set.tested, items: set.items });
    expect([round(popularity.hr_10), round(popularity.ndcg_10)]).toEqual(set.popularity);
    expect([round(follow.hr_10), round(follow.ndcg_10)]).toEqual(set.follow);
  });
});

function round(figure: number): number {
  return Math.round(figure * 1e4) / 1e4;
}
