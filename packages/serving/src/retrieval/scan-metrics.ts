/** What searching tells the operator: by which path, and how much of the exact answer the lists found. */
import type { Metrics } from '@freshet/shared/metrics';
import { type RetrievalParts, SCAN_PATHS, type ScanPath } from './scan.js';

/** Weight of the newest sample in the mean. */
const NEWEST = 0.05;

export function createScanMetrics({ scans, scanRecall }: Pick<Metrics, 'scans' | 'scanRecall'>): Required<Pick<RetrievalParts, 'scanned' | 'sampled'>> {
  const children = new Map(SCAN_PATHS.map((path) => [path, scans.labels({ path })]));
  let mean: number | undefined;
  return {
    scanned: (path: ScanPath) => children.get(path)?.inc(),
    sampled(recall) {
      mean = mean === undefined ? recall : mean + NEWEST * (recall - mean);
      scanRecall.set(mean);
    },
  };
}
