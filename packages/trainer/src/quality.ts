/**
 * Prequential windows: what was tested in whole rounds, kept durably once those rounds are committed.
 *
 * 1. A round counts only after its commit, in the order of commits; the entries of two kept windows don't overlap.
 * 2. A window begins with a round in which something was tested. It is closed by the first commit at which it is CLOSE_MS old, or
 *    CLOSE_TESTED were tested and it is LEAST_MS old: at most one a second, even while a backlog is learned.
 * 3. It is a gauge: what can't be written is logged and dropped, and a window that is open in a crash is lost. It never holds
 *    up or ends the loop; at most one write is under way.
 */
import { gainOf, HIT_RANK } from '@freshet/shared/domain/quality/figures';
import { joinErrors } from '@freshet/shared/domain/ratings/errors';
import type { Logger } from '@freshet/shared/logger';
import type { Clock } from '@freshet/shared/ports/clock';
import type { QualityLog, QualityWindow } from '@freshet/shared/ports/quality-log';
import type { RoundReport } from './learner/port.js';

export interface QualityParts {
  readonly quality: QualityLog;
  readonly epoch: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of each window as it is closed, kept or not. */
  readonly closed?: (window: QualityWindow) => void;
}

/** The entries that a round has learned, and when it took them. */
export interface RoundSpan {
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly takenAt: number;
}

export interface QualityRecorder {
  /** A round that is committed now, as part of `version`. */
  committed(report: RoundReport, span: RoundSpan, version: number): void;
  /** Keeps what is open, and waits until it is. */
  close(): Promise<void>;
}

const CLOSE_MS = 10_000;
const CLOSE_TESTED = 500;
const LEAST_MS = 1_000;

export function createQualityRecorder(parts: QualityParts): QualityRecorder {
  let open: QualityWindow | undefined;
  let writing: Promise<void> = Promise.resolve();
  let isWriting = false;

  const write = (window: QualityWindow): void => {
    parts.closed?.(window);
    if (isWriting) return parts.log.warn('a prequential window was dropped: the one before it is still being written', { from_seq: window.fromSeq });
    isWriting = true;
    writing = keep(parts, window).finally(() => (isWriting = false));
  };

  return {
    committed(report, span, version) {
      if (open === undefined && report.ranks.length === 0) return;
      open = join(open, report, { ...span, version, endedAt: parts.clock.now() });
      if (!isDue(open)) return;
      write(open);
      open = undefined;
    },
    async close() {
      await writing;
      if (open !== undefined) write(open);
      open = undefined;
      await writing;
    },
  };
}

function isDue({ tested, beganAt, endedAt }: QualityWindow): boolean {
  const age = endedAt - beganAt;
  return age >= CLOSE_MS || (tested >= CLOSE_TESTED && age >= LEAST_MS);
}

async function keep({ quality, epoch, log }: QualityParts, window: QualityWindow): Promise<void> {
  try {
    await quality.append(window, epoch);
  } catch (thrown) {
    log.warn('a prequential window could not be kept', { from_seq: window.fromSeq, error: String(thrown) });
  }
}

/** A clock that jumps back makes a window young, never negative. */
function join(open: QualityWindow | undefined, report: RoundReport, span: RoundSpan & { version: number; endedAt: number }): QualityWindow {
  const start: QualityWindow = open ?? { ...EMPTY, version: span.version, toSeq: span.toSeq, fromSeq: span.fromSeq, beganAt: span.takenAt };
  const examples = start.examples + report.lossExamples;
  const { ranks } = report;
  const ratings = joinErrors(start.ratings, report.ratings);
  return {
    fromSeq: start.fromSeq,
    toSeq: span.toSeq,
    version: span.version,
    beganAt: Math.min(start.beganAt, span.takenAt),
    endedAt: Math.max(start.endedAt, span.endedAt),
    tested: start.tested + ranks.length,
    hits10: start.hits10 + ranks.filter(({ rank }) => rank <= HIT_RANK).length,
    ndcg10: ranks.reduce((sum, { rank }) => sum + gainOf(rank), start.ndcg10),
    examples,
    loss: examples === 0 ? 0 : (start.loss * start.examples + report.loss * report.lossExamples) / examples,
    popularityHits10: start.popularityHits10 + ranks.filter(({ floors }) => floors?.popularity === true).length,
    followHits10: start.followHits10 + ranks.filter(({ floors }) => floors?.follow === true).length,
    ...(ratings === undefined ? {} : { ratings }),
  };
}

const EMPTY = { endedAt: 0, tested: 0, hits10: 0, ndcg10: 0, examples: 0, loss: 0, popularityHits10: 0, followHits10: 0 } as const;
