/**
 * The evaluation by the clock: the prequential windows of the last day, judged (shared/domain/quality/judge-windows), kept as an event of the
 * model, counted, and logged when it doesn't beat the floors. It changes nothing by itself: what refits is drift, growth and the clock.
 *
 * 1. One event each EVERY_MS at most, whichever processes try: the store decides (`addOnce`). A process that is killed before has kept nothing.
 * 2. A day with too few events leaves no event.
 */
import type { Logger } from '@freshet/shared/logger';
import { judgeWindows, type WindowsJudgement } from '@freshet/shared/domain/quality/judge-windows';
import type { Metrics } from '@freshet/shared/metrics';
import type { Clock } from '@freshet/shared/ports/clock';
import type { ModelEvents } from '@freshet/shared/ports/model-events';
import type { QualityLog, QualityWindow } from '@freshet/shared/ports/quality-log';

export interface EvaluationParts {
  readonly quality: Pick<QualityLog, 'recent'>;
  readonly modelEvents: Pick<ModelEvents, 'addOnce'>;
  readonly metrics: Pick<Metrics, 'evaluations'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

export const RESULTS = ['passed', 'below_floors', 'too_few_events'] as const;

const HOUR_MS = 3_600_000;
const SPAN_MS = 24 * HOUR_MS;
/** Jobs come by the hour; one may come some minutes early. */
const EVERY_MS = 5.5 * HOUR_MS;
/** Read at a time. A busy trainer closes one a second: a day may have 86,400, and no more than the 100,000 that retention leaves. */
const PAGE = 10_000;

export async function evaluate({ quality, modelEvents, metrics, clock, log }: EvaluationParts): Promise<void> {
  const from = clock.now() - SPAN_MS;
  const windows = await windowsSince(from, quality);
  const [newest] = windows;
  const judgement = judgeWindows(windows, { seed: newest?.version ?? 0 });
  const result = resultOf(judgement);
  if (newest === undefined || result === 'too_few_events') return metrics.evaluations.inc({ result: 'too_few_events' });
  const reason = sentence(judgement);
  if (!(await modelEvents.addOnce({ kind: 'evaluated', version: newest.version, replica: '', reason }, EVERY_MS))) return;
  metrics.evaluations.inc({ result });
  if (result === 'below_floors') log.warn('the model doesn’t beat the floors', { version: newest.version, figures: reason });
}

/** Newest first; all of them. */
async function windowsSince(from: number, quality: EvaluationParts['quality']): Promise<readonly QualityWindow[]> {
  const windows: QualityWindow[] = [];
  for (let before: number | undefined; ;) {
    const page = await quality.recent(PAGE, before);
    windows.push(...page.filter(({ endedAt }) => endedAt > from));
    const oldest = page.at(-1);
    if (oldest === undefined || page.length < PAGE || oldest.endedAt <= from) return windows;
    before = oldest.fromSeq;
  }
}

function resultOf({ refusals }: WindowsJudgement): (typeof RESULTS)[number] {
  if (refusals.length === 0) return 'passed';
  return refusals.some(({ code }) => code === 'too_few_events') ? 'too_few_events' : 'below_floors';
}

function sentence({ events, hitRatio, ndcg, floors, refusals }: WindowsJudgement): string {
  const figures = `HR@10 ${hitRatio.toFixed(4)}, NDCG@10 ${ndcg.toFixed(4)} on the last day’s ${events} events; popularity ${floors.popularity.toFixed(4)}, followers ${floors.follow.toFixed(4)}`;
  return refusals.length === 0 ? `${figures}: beats both` : `${figures}: ${refusals.map(({ code, message }) => `${code}: ${message}`).join('; ')}`;
}
