/**
 * Batches → requests in flight → settled, in order.
 *
 * 1. At most `inFlight` requests are under way, and no batch is read before there is room for it: a slow server slows the
 *    reading, and memory holds that many batches.
 * 2. Batches are settled in the file's order, whatever the order of the answers: what `settle` has seen is a beginning of the file.
 * 3. However it ends, no request is left under way.
 */
import type { Batch } from './batches.js';
import type { Outcome, Sender } from './send.js';

export interface PumpOptions {
  readonly inFlight: number;
  readonly send: Sender;
  /** False ends the import. */
  readonly settle: (batch: Batch, outcome: Outcome) => boolean;
  readonly signal: AbortSignal;
}

/** Resolves to whether all batches were settled; rejects with the first failure. */
export async function pump(batches: AsyncGenerator<Batch>, { inFlight, send, settle, signal }: PumpOptions): Promise<boolean> {
  const underWay: { readonly batch: Batch; readonly outcome: Promise<Outcome> }[] = [];
  let goOn = true;
  const settleOldest = async (): Promise<void> => {
    const oldest = underWay[0];
    if (oldest === undefined) return;
    const outcome = await oldest.outcome;
    underWay.shift();
    goOn = settle(oldest.batch, outcome) && goOn;
  };
  try {
    while (goOn) {
      const next = await nextUnlessStopped(batches, signal);
      if (next === 'stopped' || next.done === true) break;
      const outcome = send(next.value);
      // It is looked at in its turn; until then a failure must not count as unhandled.
      outcome.catch(() => undefined);
      underWay.push({ batch: next.value, outcome });
      if (underWay.length >= inFlight) await settleOldest();
    }
    while (underWay.length > 0 && goOn) await settleOldest();
    return goOn && !signal.aborted;
  } finally {
    // Not awaited: who waits for more of a pipe may wait for ever.
    void batches.return(undefined).catch(() => undefined);
    await Promise.allSettled(underWay.map(({ outcome }) => outcome));
  }
}

/** A listener for each turn, not one promise for all: that would remember every turn. */
function nextUnlessStopped(batches: AsyncGenerator<Batch>, signal: AbortSignal): Promise<IteratorResult<Batch> | 'stopped'> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve('stopped');
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    const forget = (): void => signal.removeEventListener('abort', stop);
    void batches.next().then(resolve, reject).finally(forget);
  });
}
