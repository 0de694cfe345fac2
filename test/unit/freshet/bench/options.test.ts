import { describe, expect, it } from 'vitest';
import { resolveOptions, wholeNumber } from 'freshet/bench/options';
import { BENCHES, runBench } from 'freshet/bench/run';
import { parseMetrics, total } from 'freshet/bench/target/scrape';

const context = { environment: {}, signal: new AbortController().signal, say: () => undefined };

describe('bench options', () => {
  const table = { batch: wholeNumber('--batch <events>', { help: '', fallback: 500, from: 1, to: 1_000 }) };

  it('have a default that their own parser takes', () => {
    for (const bench of Object.values(BENCHES)) expect(() => resolveOptions(bench.options, {})).not.toThrow();
  });

  it('name the option and what is allowed when a value is wrong', () => {
    expect(resolveOptions(table, { batch: '7' })).toEqual({ batch: 7 });
    for (const wrong of ['0', '1001', '1.5', '', 'many']) {
      expect(() => resolveOptions(table, { batch: wrong })).toThrow(/--batch takes a whole number from 1 to 1000/);
    }
  });

  it('are checked before anything is started', async () => {
    await expect(runBench('ingest', { batch: 'x' }, context)).rejects.toMatchObject({ code: 'option_value' });
    expect(() => runBench('nonsense', {}, context)).toThrow(/there are ingest/);
  });
});

describe('metrics that a bench reads', () => {
  it('are summed over their labels, names with the same beginning left out', () => {
    const values = parseMetrics('# HELP a x\na{t="1"} 2\na{t="2"} 3.5\na_total 9\n\nb 1e3\n');
    expect(total(values, 'a')).toBe(5.5);
    expect(total(values, 'b')).toBe(1_000);
    expect(total(values, 'c')).toBe(0);
  });
});
