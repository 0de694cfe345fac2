/**
 * Steady traffic that doesn't give up: each request is sent again, with the same ids, until it is acknowledged. Runs until
 * stopped; then every event it ever sent is acknowledged, or it says which is not.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { visits } from './small-shop.js';

export interface Load {
  readonly counts: { requests: number; retries: number; duplicates: number };
  /** Ends after the requests under way; rejects with the first answer that should not have been. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly run: string;
  /** Where to send to now; asked before each try. */
  readonly url: () => Promise<string>;
  readonly acknowledged: Set<string>;
  readonly lanes?: number;
  readonly eventsPerRequest?: number;
}

const ANSWER_MS = 3_000;
const PAUSE_MS = 50;

export function startLoad({ run, url, acknowledged, lanes = 2, eventsPerRequest = 10 }: LoadOptions): Load {
  const stopping = new AbortController();
  const counts = { requests: 0, retries: 0, duplicates: 0 };
  let next = 0;

  const send = async (body: string): Promise<void> => {
    const response = await fetch(`${await url()}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (response.status === 503) throw new Error('not now');
    const answer = (await response.json()) as { items: readonly { id: string; status: string }[] };
    if (response.status !== 202) throw new RangeError(`status ${response.status}: ${JSON.stringify(answer)}`);
    for (const { id, status } of answer.items) {
      if (status !== 'accepted' && status !== 'duplicate') throw new RangeError(`event ${id} was answered with “${status}”`);
      if (status === 'duplicate') counts.duplicates++;
      acknowledged.add(id);
    }
  };
  const lane = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // A client that repeats an event repeats it as it was, time included.
      const events = visits(run, next, eventsPerRequest).map((event) => ({ ...event, timestamp: Date.now() }));
      next += eventsPerRequest;
      const body = JSON.stringify(events);
      for (let tries = 0; ; tries++) {
        try {
          await send(body);
          break;
        } catch (thrown) {
          if (thrown instanceof RangeError) throw thrown;
          counts.retries++;
          await sleep(PAUSE_MS);
        }
      }
      counts.requests++;
      await sleep(PAUSE_MS);
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, lane));
  running.catch(() => undefined);
  return {
    counts,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
