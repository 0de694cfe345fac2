/**
 * Progress of long work, for people: a bar that is drawn again on a terminal, a line every few seconds elsewhere.
 *
 * In: a clock, a `write` to stderr. Out: `Progress`.
 * 1. A bar is drawn at most ten times a second, a plain line written at most every three seconds; `say` always.
 * 2. What is said never lands inside the bar, and `end` leaves a clean line behind.
 * 3. The rate is that of the last ten seconds or so, so that a pause or a resumed start doesn't spoil the time left.
 */
import { barLine, plainLine, type ProgressFigures } from './progress-line.js';

export interface Progress {
  /** `done` of `total` (when it is known) of what is going on; another `what` begins anew. */
  step(what: string, done: number, total?: number): void;
  /** A line that stays. */
  say(line: string): void;
  /** Takes the bar away. */
  end(): void;
}

export interface ProgressOptions {
  /** Milliseconds of a clock that only runs forward. */
  readonly now: () => number;
  readonly write: (text: string) => void;
  readonly mode: 'bar' | 'lines' | 'silent';
  /** Width of the terminal; default 80. */
  readonly columns?: () => number;
}

const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 3_000;
const RATE_WINDOW_MS = 10_000;
const CLEAR = '\r\u001B[2K';

export function createProgress({ now, write, mode, columns = () => 80 }: ProgressOptions): Progress {
  const rate = createRate();
  let last = now();
  let drawn = '';
  const say = (line: string): void => {
    if (mode === 'silent') return;
    write(drawn === '' ? `${line}\n` : `${CLEAR}${line}\n${drawn}`);
  };
  const show = (figures: ProgressFigures): void => {
    if (mode === 'lines') return say(plainLine(figures));
    // One column stays free: a full line would wrap and could not be taken back.
    drawn = barLine(figures, columns() - 1);
    write(`${CLEAR}${drawn}`);
  };
  return {
    say,
    step(what, done, total) {
      const at = now();
      if (mode === 'silent' || at - last < (mode === 'bar' ? BAR_EVERY_MS : LINE_EVERY_MS)) {
        rate.begin(what, at, done);
        return;
      }
      last = at;
      show({ what, done, total, rate: rate.add(what, at, done) });
    },
    end() {
      if (drawn !== '') write(CLEAR);
      drawn = '';
    },
  };
}

interface Sample {
  readonly at: number;
  readonly done: number;
}

/** Per second, over the samples of the last `RATE_WINDOW_MS`. */
function createRate() {
  let current: string | undefined;
  let samples: Sample[] = [];
  const begin = (what: string, at: number, done: number): void => {
    if (what === current) return;
    current = what;
    samples = [{ at, done }];
  };
  return {
    begin,
    add(what: string, at: number, done: number): number | undefined {
      begin(what, at, done);
      samples.push({ at, done });
      // The oldest one kept is the last that is older than the window.
      while (samples.length > 2 && at - (samples[1]?.at ?? at) >= RATE_WINDOW_MS) samples.shift();
      const oldest = samples[0];
      return oldest === undefined || at <= oldest.at ? undefined : ((done - oldest.done) * 1_000) / (at - oldest.at);
    },
  };
}
