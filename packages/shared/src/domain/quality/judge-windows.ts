/**
 * Does the model that learns beat both floors? Judged on kept prequential windows: the gate's question about floors (judge.ts), asked
 * of what has served. Its refusals have the gate's codes.
 *
 * 1. The unit is a run of consecutive windows, at most RUNS of them, not an event: events of a window aren't independent, and of
 *    windows only sums are kept. So it is a bootstrap of hits less the floor's hits, a run, at the gate's level.
 * 2. Pure and seeded: the same windows give the same judgement.
 */
import { LEAST_EVENTS, LEVEL, type Refusal } from './judge.js';
import { bootstrapDifference } from './paired.js';

/** What a window must say (ports/quality-log has more). */
export interface JudgedWindow {
  readonly tested: number;
  readonly hits10: number;
  readonly ndcg10: number;
  readonly popularityHits10: number;
  readonly followHits10: number;
}

export interface WindowsJudgement {
  readonly events: number;
  readonly hitRatio: number;
  readonly ndcg: number;
  /** Hit ratios of the floors on the same events. */
  readonly floors: { readonly popularity: number; readonly follow: number };
  /** Empty when it beats both. */
  readonly refusals: readonly Refusal[];
}

/** Also what bounds the work. */
const RUNS = 200;
/** With fewer there is no telling how much they differ. */
const LEAST_WINDOWS = 10;

/** `windows` in order of time, either way round. */
export function judgeWindows(windows: readonly JudgedWindow[], { seed }: { readonly seed: number }): WindowsJudgement {
  const sum = (figure: keyof JudgedWindow): number => windows.reduce((total, window) => total + window[figure], 0);
  const events = sum('tested');
  const share = (figure: keyof JudgedWindow): number => (events === 0 ? 0 : sum(figure) / events);
  const floors = { popularity: share('popularityHits10'), follow: share('followHits10') };
  const figures = { events, hitRatio: share('hits10'), ndcg: share('ndcg10'), floors };
  if (events < LEAST_EVENTS || windows.length < LEAST_WINDOWS) {
    const message = `${events} events were ranked in ${windows.length} windows, ${LEAST_EVENTS} in ${LEAST_WINDOWS} are needed`;
    return { ...figures, refusals: [{ code: 'too_few_events', message }] };
  }
  const groups = windows.map((_, place) => Math.floor((place * Math.min(RUNS, windows.length)) / windows.length));
  const beats = (floor: keyof JudgedWindow): boolean => bootstrapDifference(windows.map((window) => window.hits10 - window[floor]), { seed, groups }).pBetter < LEVEL;
  const refusals: Refusal[] = [];
  const refuse = (code: Refusal['code'], name: string, theirs: number): void => {
    refusals.push({ code, message: `HR@10 ${figures.hitRatio.toFixed(4)} against ${theirs.toFixed(4)} of a list by ${name}: it isn’t known to beat it` });
  };
  if (!beats('popularityHits10')) refuse('below_popularity', 'popularity', floors.popularity);
  if (!beats('followHits10')) refuse('below_followers', 'followers', floors.follow);
  return { ...figures, refusals };
}
