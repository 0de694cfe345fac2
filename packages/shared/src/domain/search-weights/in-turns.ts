/** Work on many searches that leaves others their turn: `rest` is awaited after every PASS of them, a few milliseconds of work. Pure but for `rest`. */

export type Rest = () => Promise<void>;

const PASS = 100;

/** For callers that hold nobody up. */
export const atOnce: Rest = () => Promise.resolve();

export async function eachInTurns<T>(all: readonly T[], work: (one: T) => void, rest: Rest): Promise<void> {
  for (const [i, one] of all.entries()) {
    work(one);
    if (i % PASS === PASS - 1) await rest();
  }
}
