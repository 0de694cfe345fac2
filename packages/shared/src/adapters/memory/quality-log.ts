/** Prequential windows in memory: for unit tests. Ages go by a clock that the test owns; it knows of no promotions. */
import type { Clock } from '../../ports/clock.js';
import type { QualityLog, QualityWindow } from '../../ports/quality-log.js';
import type { MemoryDeltaLog } from './delta-log.js';

export function memoryQualityLog(deltas: Pick<MemoryDeltaLog, 'state' | 'epoch'>, clock: Clock): QualityLog {
  let kept: { readonly window: QualityWindow; readonly writtenAt: number }[] = [];
  return {
    async append(window, epoch) {
      const { applied } = await deltas.state();
      const known = kept.some((one) => one.window.fromSeq === window.fromSeq);
      if (epoch !== deltas.epoch() || window.toSeq > applied || known) return false;
      kept.push({ window, writtenAt: clock.now() });
      kept.sort((a, b) => b.window.fromSeq - a.window.fromSeq);
      return true;
    },
    recent: (limit, before = Number.MAX_SAFE_INTEGER) => Promise.resolve(kept.map(({ window }) => window).filter(({ fromSeq }) => fromSeq < before).slice(0, limit)),
    between: ({ after, upTo }, limit) => Promise.resolve(kept.map(({ window }) => window).filter(({ version }) => version > after && version <= upTo).slice(0, limit)),
    trim(maxCount, maxAgeMs) {
      const before = kept.length;
      kept = kept.slice(0, maxCount).filter(({ writtenAt }) => writtenAt >= clock.now() - maxAgeMs);
      return Promise.resolve(before - kept.length);
    },
  };
}
