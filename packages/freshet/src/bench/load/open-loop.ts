/**
 * Open loop: request n is due at start + n / rate, whatever the answers do, as visitors come.
 *
 * 1. Latency counts from when a request was due, not from when a connection was free for it: a stall is charged to every
 *    request it delayed (no coordinated omission). The timer's own lateness, up to about 1 ms, counts as well.
 * 2. Bounded: rate × seconds requests in all; what isn't answered DRAIN_MS after the last one was due is an error.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FreshetError } from '@freshet/shared/errors';
import { type Connection, openConnection } from './connection.js';
import { createTally, type LoadOptions, type LoadResult } from './load.js';

const DRAIN_MS = 10_000;

export async function runOpenLoop<T>(options: LoadOptions<T> & { readonly rate: number }): Promise<LoadResult> {
  const { rate, signal } = options;
  const start = performance.now();
  const from = start + 1_000 * options.warmUpSeconds;
  const until = from + 1_000 * options.seconds;
  const tally = createTally(options, { from, until });
  const connections = Array.from({ length: options.connections }, () => openConnection(options.target));
  const free = [...connections];
  const total = Math.ceil(rate * (options.warmUpSeconds + options.seconds));
  let begun = 0;
  let answered = 0;

  const isDue = (now: number): boolean => begun < total && start + (1_000 * begun) / rate <= now;
  const dispatch = (connection: Connection): void => {
    const dueAt = start + (1_000 * begun++) / rate;
    const request = options.next();
    void connection
      .send(request.bytes)
      .then((answer) => tally.answer(answer, request, dueAt))
      .catch((thrown: unknown) => tally.fail(thrown))
      .finally(() => {
        answered++;
        if (isDue(performance.now())) dispatch(connection);
        else free.push(connection);
      });
  };
  const dispatchDue = (): void => {
    for (let connection = free.pop(); connection !== undefined; connection = free.pop()) {
      if (!isDue(performance.now())) return void free.push(connection);
      dispatch(connection);
    }
  };

  try {
    while (performance.now() < until + DRAIN_MS && answered < total && !signal.aborted) {
      dispatchDue();
      const wait = start + (1_000 * begun) / rate - performance.now();
      await sleep(Math.max(1, begun < total && free.length > 0 ? Math.floor(wait) : 1));
    }
    signal.throwIfAborted();
    for (let missing = answered; missing < total; missing++) tally.fail(new FreshetError('load_overrun', 'not answered in time: the rate is more than the service can do'));
    return tally.result(options.seconds);
  } finally {
    for (const connection of connections) connection.close();
  }
}
