/**
 * Asks again and again: a turn every TURN_MS while the page is seen, none while it is hidden, fewer while nobody answers.
 * Turns never overlap: the next one is planned when the last one has ended.
 */

const TURN_MS = 1_500;
const SLOWEST_MS = 6_000;

/** `turn` gets its number and says whether there was an answer. */
export function startTicker(turn: (n: number) => Promise<boolean>): void {
  let n = 0;
  let wait = TURN_MS;
  const run = async (): Promise<void> => {
    const answered = await turn(n++);
    wait = answered ? TURN_MS : Math.min(SLOWEST_MS, wait * 1.5);
    setTimeout(next, wait);
  };
  const next = (): void => {
    if (document.visibilityState === 'visible') void run();
    else document.addEventListener('visibilitychange', next, { once: true });
  };
  next();
}
