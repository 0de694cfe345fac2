/** Work of a swap in turns of the event loop, each of them timed: requests are answered between them. */
import { setImmediate } from 'node:timers/promises';

export interface Turns {
  /** Ends the turn; the next one has begun when this resolves. */
  rest(): Promise<void>;
  /** What was waited for has come: the turn begins only now. */
  begin(): void;
  /** Ends the last turn. */
  done(): void;
}

export function createTurns(took: (ms: number) => void): Turns {
  let began = performance.now();
  const begin = (): void => void (began = performance.now());
  const done = (): void => took(performance.now() - began);
  return {
    begin,
    done,
    async rest() {
      done();
      await setImmediate();
      begin();
    },
  };
}
