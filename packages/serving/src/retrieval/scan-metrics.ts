/** What searching tells the operator: by which path, how much of the exact answer the lists found, and how many of them were read. */
import type { Metrics } from '@freshet/shared/metrics';
import { type RetrievalParts, SCAN_PATHS, type ScanPath } from './scan.js';

/** Weight of the newest sample in the mean. */
const NEWEST = 0.05;

export function createScanMetrics({ scans, scanRecall, scanProbes }: Pick<Metrics, 'scans' | 'scanRecall' | 'scanProbes'>): Required<Pick<RetrievalParts, 'scanned' | 'sampled'>> {
  const children = new Map(SCAN_PATHS.map((path) => [path, scans.labels({ path })]));
  let mean: number | undefined;
  return {
    scanned: (path: ScanPath) => children.get(path)?.inc(),
    sampled(recall, probes) {
      mean = mean === undefined ? recall : mean + NEWEST * (recall - mean);
      scanRecall.set(mean);
      scanProbes.set(probes);
    },
  };
}
