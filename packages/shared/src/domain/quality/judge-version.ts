/**
 * Does what was kept of the time when a version was the newest say that it predicts worse than what answers? Asked before a label gives answers to it.
 *
 * The two have ranked different events, so what is compared is what each had over a list by popularity on its own events: `lift`, the hit ratio
 * less popularity's. Refused is a version that is
 * worse             its lift lies lower than the other's by more than MATERIAL of the other's hit ratio, and chance explains a lower one with less than LEVEL
 * below_popularity  its hits are fewer than popularity's, and chance explains that with less than LEVEL
 * 1. The unit is a run of consecutive windows, at most RUNS of them: events of a window aren't independent (bootstrap of runs, each side for itself).
 * 2. Too few events on a side: nothing is said of it. A version of yesterday is judged by yesterday's events: a season between them looks like a
 *    difference of the models, which is why a person may pass over it.
 * 3. Pure and seeded.
 */
import { randomBelow } from '../random.js';
import { LEAST_EVENTS, LEVEL, type Refusal } from './judge.js';
import type { JudgedWindow } from './judge-windows.js';

export interface VersionFigures {
  readonly events: number;
  readonly hitRatio: number;
  readonly popularity: number;
}

export interface VersionJudgement {
  readonly version: VersionFigures;
  readonly serving: VersionFigures;
  /** Empty when nothing speaks against it. */
  readonly refusals: readonly Refusal[];
}

export interface JudgedVersions {
  readonly version: readonly JudgedWindow[];
  readonly serving: readonly JudgedWindow[];
}

const MATERIAL = 0.05;
const RUNS = 100;
const LEAST_WINDOWS = 10;
const RESAMPLES = 1_000;

export function judgeVersion(windows: JudgedVersions, { seed }: { readonly seed: number }): VersionJudgement {
  const [version, serving] = [figuresOf(windows.version), figuresOf(windows.serving)];
  const refusals: Refusal[] = [];
  const said = ({ hitRatio, popularity }: VersionFigures): string => `HR@10 ${hitRatio.toFixed(4)} where popularity had ${popularity.toFixed(4)}`;
  if (isEnough(windows.version, version)) {
    const own = resampled(windows.version, { seed, side: 0 });
    if (isEnough(windows.serving, serving)) {
      const other = resampled(windows.serving, { seed, side: 1 });
      const lost = liftOf(serving) - liftOf(version);
      if (lost > MATERIAL * serving.hitRatio && chanceOf(own, (lift, turn) => lift >= (other[turn] ?? 0)) < LEVEL) {
        refusals.push({ code: 'worse', message: `${said(version)} (${version.events} events), against ${said(serving)} (${serving.events} events)` });
      }
    }
    if (liftOf(version) < 0 && chanceOf(own, (lift) => lift >= 0) < LEVEL) refusals.push({ code: 'below_popularity', message: `${said(version)} (${version.events} events)` });
  }
  return { version, serving, refusals };
}

function figuresOf(windows: readonly JudgedWindow[]): VersionFigures {
  const sum = (figure: keyof JudgedWindow): number => windows.reduce((total, window) => total + window[figure], 0);
  const events = sum('tested');
  return { events, hitRatio: events === 0 ? 0 : sum('hits10') / events, popularity: events === 0 ? 0 : sum('popularityHits10') / events };
}

function liftOf({ hitRatio, popularity }: VersionFigures): number {
  return hitRatio - popularity;
}

function isEnough(windows: readonly JudgedWindow[], { events }: VersionFigures): boolean {
  return events >= LEAST_EVENTS && windows.length >= LEAST_WINDOWS;
}

/** Lifts of RESAMPLES drawings of as many runs as there are. */
function resampled(windows: readonly JudgedWindow[], { seed, side }: { readonly seed: number; readonly side: 0 | 1 }): Float64Array {
  const count = Math.min(RUNS, windows.length);
  const [more, tested] = [new Float64Array(count), new Float64Array(count)];
  windows.forEach((window, place) => {
    const run = Math.floor((place * count) / windows.length);
    more[run] = (more[run] ?? 0) + window.hits10 - window.popularityHits10;
    tested[run] = (tested[run] ?? 0) + window.tested;
  });
  return Float64Array.from({ length: RESAMPLES }, (_, turn) => {
    let [sum, events] = [0, 0];
    for (let k = 0; k < count; k++) {
      const drawn = randomBelow(count, seed, 2 * turn + side, k);
      sum += more[drawn] ?? 0;
      events += tested[drawn] ?? 0;
    }
    return events === 0 ? 0 : sum / events;
  });
}

function chanceOf(lifts: Float64Array, is: (lift: number, turn: number) => boolean): number {
  let count = 1;
  lifts.forEach((lift, turn) => {
    if (is(lift, turn)) count++;
  });
  return count / (1 + lifts.length);
}
