/**
 * Asks the version that the label `shadow` names what it would have answered, beside a share of the answers, and compares. Nobody is
 * shown its lists, and they are not kept: what is left are figures.
 *
 * 1. An answer never waits for it: it is asked in a later turn of the event loop, one list at a time, at most TIME of the time that passes,
 *    also of a version that fails. What is drawn while it is at work, or has used up its time, is skipped and counted.
 * 2. Compared is what differs by the model alone: the same request, rules and seed. A list whose shopper has done something between the two
 *    turns is skipped, and so is one whose filter leaves the shadow too few candidates.
 * 3. Nothing that goes wrong here reaches an answer. Each failure is counted, and the first one of a version is logged.
 * The figures are of the last WINDOW lists, and begin anew with another version.
 */
import { randomUnit } from '@freshet/shared/domain/random';
import { toError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Held } from '../follow/rebuild.js';
import type { RankInput, Ranking } from '../rank/input.js';
import type { Ranker } from '../rank/ranker.js';
import { type Comparison, createComparisons } from './comparisons.js';

export interface Answered {
  readonly method: 'rank' | 'similar' | 'together';
  readonly input: RankInput;
  readonly ranking: Ranking;
}

export interface Shadow {
  /** Called in the synchronous block of an answer. */
  offer(answered: Answered): void;
  /** Of the version that is held now; undefined while there is none. */
  comparison(): Comparison | undefined;
}

export interface ShadowParts {
  readonly held: () => Held | undefined;
  readonly ranker: Pick<Ranker, 'rank' | 'similar' | 'together'>;
  readonly metrics: Pick<Metrics, 'shadowLists' | 'shadowOverlap' | 'shadowScoreDrift' | 'shadowSeconds'>;
  readonly log: Pick<Logger, 'warn'>;
  readonly seed: number;
  /** Milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

const TIME = 0.05;

export function createShadow(parts: ShadowParts): Shadow {
  const { held, metrics, now = () => performance.now() } = parts;
  const results = { compared: metrics.shadowLists.labels({ result: 'compared' }), skipped: metrics.shadowLists.labels({ result: 'skipped' }), failed: metrics.shadowLists.labels({ result: 'failed' }) };
  for (const result of Object.values(results)) result.inc(0);
  let comparisons = createComparisons();
  let of = 0;
  /** The last version of which a failure was said. */
  let warnedOf = 0;
  let drawn = 0;
  let isBusy = false;
  let due = Number.NEGATIVE_INFINITY;

  const compare = (answered: Answered, stamp: string): void => {
    const shadow = held();
    if (shadow === undefined) return;
    begin(shadow.view.position.version);
    const theirs = timed(() => askShadow(parts.ranker, answered, shadow));
    if (answered.input.filter?.isShort === true || stamp !== stampOf(answered.input)) return results.skipped.inc();
    comparisons.add(answered.ranking, theirs);
    results.compared.inc();
    const { overlap, scoreDrift } = comparisons.now();
    metrics.shadowOverlap.set(overlap);
    if (scoreDrift !== undefined) metrics.shadowScoreDrift.set(scoreDrift);
  };

  /** A list that fails has taken its time like another. */
  const timed = (work: () => Ranking): Ranking => {
    const started = now();
    try {
      return work();
    } finally {
      const ms = now() - started;
      due = started + ms / TIME;
      metrics.shadowSeconds.inc(ms / 1_000);
    }
  };

  const begin = (version: number): void => {
    if (version === of) return;
    of = version;
    comparisons = createComparisons();
  };

  const fail = (thrown: unknown): void => {
    results.failed.inc();
    if (warnedOf === of) return;
    warnedOf = of;
    parts.log.warn('the shadow could not be asked; said once of a version, the others are counted', { version: of, error: toError(thrown).message });
  };

  return {
    offer(answered) {
      const shadow = held();
      if (shadow === undefined || randomUnit(parts.seed, ++drawn, 0) >= (shadow.label.share ?? 0)) return;
      if (isBusy || now() < due) return results.skipped.inc();
      isBusy = true;
      const stamp = stampOf(answered.input);
      setImmediate(() => {
        try {
          compare(answered, stamp);
        } catch (thrown) {
          fail(thrown);
        } finally {
          isBusy = false;
        }
      });
    },
    comparison() {
      const shadow = held();
      if (shadow === undefined) return undefined;
      begin(shadow.view.position.version);
      return comparisons.now();
    },
  };
}

function askShadow(ranker: ShadowParts['ranker'], { method, input }: Answered, { view }: Held): Ranking {
  return ranker[method]({ ...input, model: view, reasons: false });
}

/** Another one when the shopper has done something: histories change in place. */
function stampOf({ history }: RankInput): string {
  if (history === undefined) return '';
  const [newest] = history.events;
  return `${newest?.ts} ${newest?.seq} ${newest?.index} ${history.events.length} ${history.seen.size} ${history.refusals}`;
}
