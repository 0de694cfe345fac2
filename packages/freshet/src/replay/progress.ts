/** Progress lines for people, at most one a second (and always the last), through a `write` that the caller gives. */
export interface Progress {
  /** `done` of `total` (when it is known); the line is written only if the last one is old enough. */
  step(what: string, done: number, total?: number): void;
  /** Written whatever the time is. */
  say(line: string): void;
}

const INTERVAL_MS = 1000;

export function createProgress(now: () => number, write: (line: string) => void): Progress {
  let last = now();
  return {
    step(what, done, total) {
      if (now() - last < INTERVAL_MS) return;
      last = now();
      write(total === undefined ? `${what}: ${count(done)}` : `${what}: ${count(done)} of ${count(total)} (${Math.floor((100 * done) / Math.max(1, total))} %)`);
    },
    say: write,
  };
}

function count(n: number): string {
  return n.toLocaleString('en-GB');
}
