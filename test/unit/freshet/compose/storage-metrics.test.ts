/** What is stored is shown: sizes as read, limits, the disk; failures leave the last figures. */
import { tmpdir } from 'node:os';
import { runStorageMetrics } from 'freshet/compose/storage-metrics';
import { createLogger } from '@freshet/shared/logger';
import { createMetrics, type Metrics } from '@freshet/shared/metrics';
import type { StoragePart } from '@freshet/shared/ports/storage-sizes';
import { describe, expect, it } from 'vitest';

type Sizes = Readonly<Record<StoragePart, number>>;

const SIZES: Sizes = { log: 1_000, ids: 200, deltas: 300, snapshots: 400, checkpoint: 50, recommendations: 70, other: 60 };

/** Runs as many turns as there are readings; what was shown after each, and what was said. */
async function turns(readings: readonly (Sizes | Error)[], dataDir: string | undefined) {
  const stop = new AbortController();
  const metrics = createMetrics({ processMetrics: false });
  const shown: Map<string, number>[] = [];
  const said: string[] = [];
  const sizes = {
    sizes: () => {
      const next = readings[shown.length];
      return next === undefined || next instanceof Error ? Promise.reject(next ?? new Error('no more readings')) : Promise.resolve(next);
    },
  };
  const clock = {
    now: () => 0,
    async sleep() {
      shown.push(await valuesOf(metrics));
      if (shown.length === readings.length) stop.abort();
    },
  };
  const log = createLogger({ level: 'warn', write: (line: string) => void said.push(line) });
  await runStorageMetrics({ logMaxBytes: 5_000, dataDir }, { sizes, metrics, clock, log, signal: stop.signal });
  return { shown, said };
}

async function valuesOf(metrics: Metrics): Promise<Map<string, number>> {
  const rows = (await metrics.render()).matchAll(/^freshet_((?:storage|disk)\S*) (\S+)$/gm);
  return new Map([...rows].map(([, name = '', value]) => [name, Number(value)]));
}

describe('storage metrics', () => {
  it('show every part, the log’s limit, and the disk of an embedded Postgres', async () => {
    const [first] = (await turns([SIZES], tmpdir())).shown;
    for (const [part, bytes] of Object.entries(SIZES)) expect(first?.get(`storage_bytes{part="${part}"}`)).toBe(bytes);
    expect(first?.get('storage_limit_bytes{part="log"}')).toBe(5_000);
    const [free, size] = [first?.get('disk_free_bytes') ?? 0, first?.get('disk_size_bytes') ?? 0];
    expect(free).toBeGreaterThan(0);
    expect(size).toBeGreaterThan(free);
  });

  it('show no disk where Postgres is elsewhere', async () => {
    const [first] = (await turns([SIZES], undefined)).shown;
    expect([...(first?.keys() ?? [])].filter((name) => name.startsWith('disk'))).toEqual([]);
  });

  it('keep the last figures while a reading fails, say so once, and go on', async () => {
    const later = { ...SIZES, log: 2_000 };
    const { shown, said } = await turns([SIZES, new Error('away'), new Error('away'), later], undefined);
    expect(shown.map((values) => values.get('storage_bytes{part="log"}'))).toEqual([1_000, 1_000, 1_000, 2_000]);
    expect(said.filter((line) => line.includes('could not be read'))).toHaveLength(1);
  });
});
