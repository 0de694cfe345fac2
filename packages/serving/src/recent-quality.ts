/**
 * The last prequential windows, remembered for a second: pages that poll don't reach Postgres.
 *
 * 1. One read is under way at most; whoever asks meanwhile gets its result.
 * 2. A read that failed isn't remembered.
 */
import type { Clock } from '@freshet/shared/ports/clock';
import type { QualityLog, QualityWindow } from '@freshet/shared/ports/quality-log';

export interface RecentQuality {
  /** Newest first, at most `limit` ≤ MOST_WINDOWS. */
  windows(limit: number): Promise<readonly QualityWindow[]>;
}

export const MOST_WINDOWS = 1_000;
const REMEMBERED_MS = 1_000;

interface Read {
  readonly at: number;
  readonly limit: number;
  readonly windows: Promise<readonly QualityWindow[]>;
}

export function createRecentQuality(log: Pick<QualityLog, 'recent'>, clock: Pick<Clock, 'now'>): RecentQuality {
  let last: Read | undefined;
  return {
    async windows(limit) {
      const age = last === undefined ? Number.POSITIVE_INFINITY : clock.now() - last.at;
      // A clock that jumped back must not freeze the page.
      if (last === undefined || last.limit < limit || age < 0 || age >= REMEMBERED_MS) {
        const read: Read = { at: clock.now(), limit, windows: log.recent(limit) };
        last = read;
        read.windows.catch(() => (last = last === read ? undefined : last));
      }
      return (await last.windows).slice(0, limit);
    },
  };
}
