/**
 * Runs rows of the tables against a process and remembers what was answered: which events are acknowledged, how many were
 * taken and refused, and the statuses of `POST /v1/events`, to be held against the process's own counts.
 */
import type { Expected, Row } from './row.js';
import { type Answer, send, sendBytes } from './send.js';
import type { WireRow } from './wire.js';

interface IntakeBody {
  readonly items: readonly { readonly id?: string; readonly status: string; readonly problem?: { readonly code: string; readonly pointer: string } }[];
}

interface AnswerBody extends Partial<IntakeBody> {
  readonly code?: string;
  readonly errors?: readonly { readonly pointer: string }[];
}

export interface Runner {
  readonly acknowledged: Set<string>;
  readonly events: { accepted: number; rejected: number };
  /** Answers to `POST /v1/events` by status. */
  readonly answers: ReadonlyMap<number, number>;
  /** `place` makes the ids of this row in this round. */
  run(row: Row, place: string): Promise<Answer>;
  runWire(row: WireRow, place: string): Promise<string>;
}

export function createRunner(url: string): Runner {
  const acknowledged = new Set<string>();
  const events = { accepted: 0, rejected: 0 };
  const answers = new Map<number, number>();
  const remember = ({ status, text }: Answer): void => {
    answers.set(status, (answers.get(status) ?? 0) + 1);
    if (status !== 202) return;
    for (const { id, status: outcome } of (JSON.parse(text) as IntakeBody).items) {
      if (outcome === 'accepted') events.accepted++;
      else events.rejected++;
      if (outcome === 'accepted' && id !== undefined) acknowledged.add(id);
    }
  };
  return {
    acknowledged,
    events,
    answers,
    async run(row, place) {
      const sent = row.request((name) => `${place}-${name}`);
      const answer = await send(url, sent);
      if (sent.method === 'POST' && /^\/v1\/events(?:\?|$)/.test(sent.path)) remember(answer);
      return answer;
    },
    runWire({ bytes, statuses, leaves = false }, place) {
      // Of one length: some rows count the bytes of their body.
      const text = typeof bytes === 'string' ? bytes.replaceAll('$id', place.slice(-3).padStart(3, '0')) : bytes;
      return sendBytes(url, { bytes: text, answers: statuses.length, leaves });
    },
  };
}

/** An answer as the row expects it, so that a difference shows both in the same words. */
export function shapeOf({ status, headers, text }: Answer, expected: Expected): Expected {
  const isJson = text !== '' && String(headers['content-type']).includes('json');
  const body = isJson ? (JSON.parse(text) as AnswerBody) : {};
  const name = expected.header?.[0];
  return {
    status,
    ...(body.code === undefined ? {} : { code: body.code }),
    ...(expected.pointer === undefined ? {} : { pointer: body.errors?.[0]?.pointer ?? 'none' }),
    ...(expected.items === undefined ? {} : { items: (body.items ?? []).map((item) => (item.problem === undefined ? item.status : `${item.problem.code} ${item.problem.pointer}`)) }),
    ...(name === undefined ? {} : { header: [name, String(headers[name])] as const }),
  };
}

/** Does all, at most `lanes` at a time. */
export async function inLanes<T>(lanes: number, all: readonly T[], work: (one: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < all.length; index = next++) {
      const one = all[index];
      if (one !== undefined) await work(one, index);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
