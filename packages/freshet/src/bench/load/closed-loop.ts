/**
 * Closed loop: every connection sends its next request as soon as it has the answer to the last one. Finds the most
 * that a service can do; its latencies are those at saturation, and say nothing about a fixed rate.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, openConnection } from './connection.js';
import { createTally, type LoadOptions, type LoadResult, type Tally } from './load.js';

/** After a failed request, so that a server that is down isn't hammered. */
const PAUSE_MS = 50;

export async function runClosedLoop<T>(options: LoadOptions<T>): Promise<LoadResult> {
  const from = performance.now() + 1_000 * options.warmUpSeconds;
  const until = from + 1_000 * options.seconds;
  const tally = createTally(options, { from, until });
  const connections = Array.from({ length: options.connections }, () => openConnection(options.target));
  try {
    await Promise.all(connections.map((connection) => repeat({ connection, tally, until }, options)));
    options.signal.throwIfAborted();
    // What was under way at the end is counted, so its time counts too.
    return tally.result((performance.now() - from) / 1_000);
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function repeat<T>({ connection, tally, until }: { connection: Connection; tally: Tally<T>; until: number }, { next, signal }: LoadOptions<T>): Promise<void> {
  while (!signal.aborted && performance.now() < until) {
    const request = next();
    const sentAt = performance.now();
    try {
      tally.answer(await connection.send(request.bytes), request, sentAt);
    } catch (thrown) {
      tally.fail(thrown);
      await sleep(PAUSE_MS);
    }
  }
}
