/**
 * One batch → one request, again and again until its fate is known.
 *
 * 1. 429 and 503 are waited out as long as `Retry-After` says, broken connections with growing pauses; both for at most
 *    `PATIENCE_MS` in a row. Before the first answer ever nothing is waited for: there is nobody.
 * 2. A request that something between us finds too large is sent in halves.
 * 3. Rows that the server rejects come back as rejections, each with its line.
 */
import { FreshetError } from '@freshet/shared/errors';
import type { Failure, RestClient } from '../cli/rest.js';
import type { Rejection } from './account.js';
import type { Batch } from './batches.js';
import { rowId } from './encode.js';

export interface Outcome {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejections: readonly Rejection[];
  /** The log entry by which they are all there; undefined when none is. */
  readonly sequence: number | undefined;
}

export interface SenderOptions {
  readonly rest: Pick<RestClient, 'attempt'>;
  readonly kind: 'events' | 'items';
  /** Of the file: names the requests whose rows have no ids. */
  readonly key: string;
  readonly dryRun: boolean;
  readonly now: () => number;
  /** Rejects when the import is stopped; a request under way goes on. */
  readonly wait: (ms: number) => Promise<unknown>;
  readonly onWait: (reason: FreshetError, ms: number) => void;
}

export type Sendable = Pick<Batch, 'bodies' | 'entries'>;
export type Sender = (batch: Sendable) => Promise<Outcome>;

export const PATIENCE_MS = 10 * 60_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
const TOO_LARGE = 413;

const NOTHING: Outcome = { accepted: 0, duplicates: 0, rejections: [], sequence: undefined };

export function createSender(options: SenderOptions): Sender {
  let met = false;
  const send: Sender = async (batch) => {
    if (batch.bodies.length === 0) return NOTHING;
    const deadline = options.now() + PATIENCE_MS;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      const attempt = await post(batch, options);
      if ('answer' in attempt) {
        met = true;
        return toOutcome(batch, attempt.answer);
      }
      if (attempt.status === TOO_LARGE) return sendHalves(batch, attempt, send);
      met ||= attempt.status !== undefined;
      const wait = attempt.retryAfterMs ?? pause;
      if (!attempt.error.retryable || !met || options.now() + wait > deadline) throw attempt.error;
      options.onWait(attempt.error, wait);
      await options.wait(wait);
    }
  };
  return send;
}

interface ItemAnswer {
  readonly index: number;
  readonly status: string;
  readonly problem?: { readonly code: string; readonly pointer: string; readonly detail: string };
}

interface Answer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly items: readonly ItemAnswer[];
  readonly sequence?: number;
}

/** A server that doesn't know it answers for every row: the same to us, only longer. */
const ONLY_PROBLEMS = { prefer: 'return=minimal' };

function post({ bodies, entries }: Sendable, { rest, kind, key, dryRun }: SenderOptions) {
  const body = { type: 'application/json', text: `[${bodies.join(',')}]` };
  if (kind === 'events') return rest.attempt<Answer>('/v1/events', body, { query: dryRun ? { dry_run: true } : { historical: true }, headers: ONLY_PROBLEMS });
  const [first] = entries;
  const headers = first === undefined ? ONLY_PROBLEMS : { ...ONLY_PROBLEMS, 'idempotency-key': `import-${rowId(key, first)}` };
  return rest.attempt<Answer>('/v1/items:batch', body, { query: dryRun ? { dry_run: true } : {}, headers });
}

function toOutcome({ entries }: Sendable, { accepted, duplicates, rejected, items, sequence }: Answer): Outcome {
  const bad = rejected === 0 ? [] : items.filter(({ problem }) => problem !== undefined);
  const rejections = bad.map(({ index, problem }): Rejection => {
    const { line = 0, text = '' } = entries[index] ?? {};
    return { line, text, code: problem?.code ?? 'rejected', pointer: problem?.pointer ?? '', by: 'server', detail: problem?.detail ?? '' };
  });
  return { accepted, duplicates, rejections, sequence };
}

async function sendHalves(batch: Sendable, { error }: Failure, send: Sender): Promise<Outcome> {
  const { bodies, entries } = batch;
  const [only] = entries;
  if (bodies.length <= 1) return { ...NOTHING, rejections: only === undefined ? [] : [{ line: only.line, text: only.text, code: 'too_large', pointer: '', by: 'server', detail: error.message }] };
  const half = Math.ceil(bodies.length / 2);
  const first = await send({ bodies: bodies.slice(0, half), entries: entries.slice(0, half) });
  const second = await send({ bodies: bodies.slice(half), entries: entries.slice(half) });
  return {
    accepted: first.accepted + second.accepted,
    duplicates: first.duplicates + second.duplicates,
    rejections: [...first.rejections, ...second.rejections],
    sequence: second.sequence ?? first.sequence,
  };
}
