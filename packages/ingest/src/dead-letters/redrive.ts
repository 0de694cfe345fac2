/**
 * Taking dead letters in again, through the same door as everything else.
 *
 * 1. A letter is removed only once its event is in the log; one that is refused again stays as it was, and no second letter
 *    is written for it.
 * 2. Once, however often it is tried: the event's id says whether it is there already (for as long as ids are recognised). An
 *    event that the trainer refused comes into the log once more, under an id that follows from its own.
 * 3. What is taken in again doesn't count into freshness.
 */
import { bodyHash, DEFAULT_PRODUCER, derivedEventId, eventKey } from '@freshet/shared/domain/keys';
import type { LogEvent } from '@freshet/shared/domain/event';
import type { Clock } from '@freshet/shared/ports/clock';
import type { DeadLetters, LetterQuery, StoredDeadLetter } from '@freshet/shared/ports/dead-letters';
import type { Intake, ItemResult } from '../intake.js';
import type { Writer } from '../writer.js';
import { type LetterContent, type LetterProblem, readLetter } from './read.js';

export interface RedriveOutcome {
  /** The letter's. */
  readonly id: number;
  readonly status: 'accepted' | 'duplicate' | 'conflict' | 'rejected' | 'not_redrivable' | 'not_found';
  readonly event_id?: string;
  readonly problem?: LetterProblem;
}

export interface RedriveResult {
  /** Letters whose events are in the log now, and which are gone. */
  readonly redriven: number;
  /** Letters that stay. */
  readonly kept: number;
  readonly results: readonly RedriveOutcome[];
  /** By this place in the log everything redriven is there. */
  readonly sequence?: number;
}

export interface Redrive {
  byId(ids: readonly number[]): Promise<RedriveResult>;
  /** The oldest first; `next` is where to go on, if there may be more. */
  matching(query: LetterQuery & { readonly after: number }): Promise<RedriveResult & { readonly next?: number }>;
}

export interface RedriveOptions {
  readonly deadLetters: Pick<DeadLetters, 'list' | 'find' | 'remove'>;
  readonly intake: Pick<Intake, 'events'>;
  readonly writer: Pick<Writer, 'submit'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Entries of redriven events name it. */
const SOURCE = 'redrive';

export function createRedrive(options: RedriveOptions): Redrive {
  return {
    async byId(ids) {
      const letters = await options.deadLetters.find(ids);
      const found = new Set(letters.map(({ id }) => id));
      const missing = [...new Set(ids)].filter((id) => !found.has(id));
      const result = await redrive(letters, options);
      return { ...result, results: [...result.results, ...missing.map((id) => ({ id, status: 'not_found' as const }))] };
    },
    async matching(query) {
      const letters = await options.deadLetters.list(query);
      const last = letters.at(-1);
      const next = last !== undefined && letters.length === query.limit ? { next: last.id } : {};
      return { ...(await redrive(letters, options)), ...next };
    },
  };
}

interface Taken {
  readonly outcome: RedriveOutcome;
  readonly seq?: number;
}

async function redrive(letters: readonly StoredDeadLetter[], options: RedriveOptions): Promise<RedriveResult> {
  // All at once: they share commits. One that fails for want of the log fails the call; what is in by then is found again.
  const taken = await Promise.all(letters.map((letter) => takeIn(letter, readLetter(letter), options)));
  const results = taken.map(({ outcome }) => outcome);
  const done = results.flatMap(({ id, status }) => (status === 'accepted' || status === 'duplicate' ? [id] : []));
  if (done.length > 0) await options.deadLetters.remove(done);
  const seq = taken.reduce((newest, { seq = 0 }) => Math.max(newest, seq), 0);
  return { redriven: done.length, kept: taken.length - done.length, results, ...(seq === 0 ? {} : { sequence: seq }) };
}

function takeIn(letter: StoredDeadLetter, content: LetterContent, options: RedriveOptions): Promise<Taken> {
  switch (content.kind) {
    case 'sent':
      return sendAgain(letter, content.value, options);
    case 'logged':
      return logAgain(letter, content.event, options);
    case 'unusable':
      return Promise.resolve({ outcome: { id: letter.id, status: 'not_redrivable', problem: content.problem } });
  }
}

async function sendAgain({ id, refusedAt, payload }: StoredDeadLetter, value: object, { intake, clock }: RedriveOptions): Promise<Taken> {
  const result = await intake.events([{ value }], {
    producer: DEFAULT_PRODUCER,
    source: SOURCE,
    historical: true,
    dryRun: false,
    keepRejected: false,
    idempotencyKey: undefined,
    receivedAt: clock.now(),
    happenedAt: refusedAt,
    bytes: payload.length,
  });
  const [item] = result.items;
  return { outcome: item === undefined ? { id, status: 'rejected' } : outcomeOf(id, item), ...(result.sequence === undefined ? {} : { seq: result.sequence }) };
}

function outcomeOf(id: number, { status, id: eventId, problem }: ItemResult): RedriveOutcome {
  return { id, status, ...(eventId === undefined ? {} : { event_id: eventId }), ...(problem === undefined ? {} : { problem }) };
}

async function logAgain({ id, payload }: StoredDeadLetter, refused: LogEvent, { writer, clock }: RedriveOptions): Promise<Taken> {
  const event = { ...refused, id: derivedEventId(`${SOURCE}\0${refused.id}`, 0) };
  const written = await writer.submit({
    body: { kind: 'events', events: [{ event, userId: undefined, sessionId: undefined, dropped: 0 }] },
    // The body is the letter's: nothing to tell a conflict from.
    keys: [{ id: eventKey(DEFAULT_PRODUCER, event.id), body: bodyHash(event.id) }],
    source: SOURCE,
    receivedAt: clock.now(),
    historical: true,
    bytes: payload.length,
  });
  return { outcome: { id, status: written.statuses[0] ?? 'accepted', event_id: event.id }, seq: written.seq };
}
