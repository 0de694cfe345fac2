/**
 * When does an accepted event act? Two probes, each over connections of its own, each timed from the 202 at the client.
 *
 * `total`: `/v1/models/latest?after_sequence=N`, held by the server until the served model has learned entry N.
 * `ownList`: that shopper's list, asked for again and again, until its `history_seq` has come to N.
 * 1. A probe waits at most LIMIT_MS; one that doesn't see its entry by then counts as missed, never as quick.
 * 2. At most `connections` probes wait at once; when all are busy the request isn't probed, and that is counted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../load/connection.js';
import { type Caller, createCaller } from '../load/caller.js';
import { createLatencies, type Latencies } from '../load/latencies.js';
import { scanNumber } from '../traffic/answer.js';

export interface Probe {
  /** Starts at `answeredAt`; `key` is what the probe asks with. */
  start(key: string, sequence: number, answeredAt: number): void;
  readonly latencies: Latencies;
  readonly missed: number;
  /** Requests that found every connection busy. */
  readonly skipped: number;
  /** Resolves once nothing is waited for. */
  idle(): Promise<void>;
  close(): void;
}

const LIMIT_MS = 10_000;
const POLL_MS = 1;

type Ask = (caller: Caller, key: string, sequence: number) => Promise<boolean>;

/** Long poll: answers as soon as the served model has learned the entry, 409 after a second. */
export const askModel: Ask = async (caller, _key, sequence) => (await caller.get(`/v1/models/latest?after_sequence=${sequence}`)).status === 200;

export const askOwnList: Ask = async (caller, user, sequence) => {
  const { status, body } = await caller.get(`/v1/users/${user}/recommendations?limit=20`);
  return status === 200 && (scanNumber(body, 'history_seq') ?? 0) >= sequence;
};

/** `also`: where a probe that begins now is recorded besides. */
export function createProbe(target: Target, connections: number, { ask, also = () => undefined }: { readonly ask: Ask; readonly also?: () => Latencies | undefined }): Probe {
  const callers = Array.from({ length: connections }, () => createCaller(target));
  const free = [...callers];
  const latencies = createLatencies();
  const counts = { missed: 0, skipped: 0 };

  const follow = async (caller: Caller, { key, sequence, answeredAt }: { key: string; sequence: number; answeredAt: number }): Promise<void> => {
    const other = also();
    try {
      while (performance.now() < answeredAt + LIMIT_MS) {
        if (await ask(caller, key, sequence)) {
          const ms = performance.now() - answeredAt;
          other?.record(ms);
          return latencies.record(ms);
        }
        await sleep(POLL_MS);
      }
      counts.missed++;
    } catch {
      counts.missed++;
    } finally {
      free.push(caller);
    }
  };

  return {
    start(key, sequence, answeredAt) {
      const caller = free.pop();
      if (caller === undefined) counts.skipped++;
      else void follow(caller, { key, sequence, answeredAt });
    },
    latencies,
    get missed() {
      return counts.missed;
    },
    get skipped() {
      return counts.skipped;
    },
    async idle() {
      while (free.length < callers.length) await sleep(POLL_MS);
    },
    close() {
      for (const caller of callers) caller.close();
    },
  };
}
