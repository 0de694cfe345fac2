/**
 * The way in for events and catalogue changes, whoever brings them (HTTP, import, demo): clean, key, write, tell.
 *
 * 1. A bad item never fails its neighbours: each gets its own status, in the order of the request.
 * 2. What is told as accepted or duplicate is committed.
 * 3. Rejected events go to the dead letters; nothing waits for that.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import { bodyHash, derivedEventId, eventKey } from '@freshet/shared/domain/keys';
import type { Metrics } from '@freshet/shared/metrics';
import type { Clock } from '@freshet/shared/ports/clock';
import type { ItemKey } from '@freshet/shared/ports/entry-log';
import { eventBody, formerEventBody } from './clean/body.js';
import { type CleanEvent, cleanEvent } from './clean/event.js';
import type { RawEvent } from './clean/event-schema.js';
import type { Filler } from './clean/fill.js';
import type { Cleaned, Problem } from './clean/problem.js';
import type { IngestConfig } from './config.js';
import { keepRejected } from './dead-letters/keep.js';
import type { WriteStatus } from './merge.js';
import type { Rejects } from './rejects.js';
import type { Writer, WriteResult } from './writer.js';
import { isTooDeep, TOO_DEEP } from './clean/nesting.js';

export interface IntakeContext {
  /** Whose ids these are; see `eventKey`. */
  readonly producer: string;
  /** `http`, `import`, `demo`, … */
  readonly source: string;
  readonly historical: boolean;
  /** Validates and answers, writes nothing. */
  readonly dryRun: boolean;
  /** Rejected events go to the dead letters; default true. */
  readonly keepRejected?: boolean;
  readonly idempotencyKey: string | undefined;
  readonly receivedAt: number;
  /** When events without a timestamp happened; default: `receivedAt`. */
  readonly happenedAt?: number;
  /** Size of the request. */
  readonly bytes: number;
}

export interface ItemResult {
  readonly index: number;
  readonly id?: string;
  readonly status: WriteStatus | 'rejected';
  readonly problem?: Problem;
}

export interface IntakeResult {
  readonly accepted: number;
  readonly duplicates: number;
  /** Rejected and conflicting items. */
  readonly rejected: number;
  readonly items: readonly ItemResult[];
  /** By this place in the log everything accepted (now or before) is there; absent when nothing was. */
  readonly sequence?: number;
}

/** A value parsed from the request, or why it could not be. */
export type Sent = { readonly value: unknown } | { readonly problem: Problem; readonly text: string };

export interface Intake {
  events(sent: readonly Sent[], context: IntakeContext): Promise<IntakeResult>;
  /** `clean` makes the change from one value; its key is the idempotency key's, or new. */
  catalogue(sent: readonly Sent[], clean: (value: unknown) => Cleaned<CatalogueChange>, context: IntakeContext): Promise<IntakeResult>;
}

export interface IntakeOptions {
  readonly config: Pick<IngestConfig, 'customTypes'>;
  readonly writer: Writer;
  readonly filler: Filler;
  readonly rejects: Rejects;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

export function createIntake(options: IntakeOptions): Intake {
  return {
    events: (sent, context) => takeEvents(sent.map(shallow), context, options),
    catalogue: (sent, clean, context) => takeChanges(sent.map(shallow), { clean, context }, options),
  };
}

/** A value that is nested too deeply is a problem before anybody walks it. */
function shallow(one: Sent): Sent {
  return 'value' in one && isTooDeep(one.value) ? { problem: TOO_DEEP, text: '' } : one;
}

/** What is to be written of a request, and the results so far (undefined: the writer decides). */
interface Sorted<T> {
  readonly values: T[];
  readonly keys: ItemKey[];
  /** The request's index of each value. */
  readonly indexes: number[];
  readonly results: (ItemResult | undefined)[];
}

function emptySorted<T>(length: number): Sorted<T> {
  return { values: [], keys: [], indexes: [], results: Array.from({ length }) };
}

async function takeEvents(sent: readonly Sent[], context: IntakeContext, options: IntakeOptions): Promise<IntakeResult> {
  const sorted = sortEvents(sent, context, options);
  const idOf = (index: number): string => sorted.values[index]?.event.id ?? '';
  const written = context.dryRun || sorted.values.length === 0 ? undefined : await write({ kind: 'events', events: sorted.values }, sorted.keys, { context, options });
  const result = combine(sorted, idOf, written);
  if (!context.dryRun) {
    if (context.keepRejected ?? true) keepRejected({ sent, items: result.items, source: context.source, idFor: idMaker(context) }, options.rejects);
    countEvents(sorted, result.items, options.metrics);
  }
  return result;
}

function sortEvents(sent: readonly Sent[], context: IntakeContext, { config }: IntakeOptions): Sorted<CleanEvent> {
  const sorted = emptySorted<CleanEvent>(sent.length);
  let index = 0;
  const idFor = idMaker(context);
  const { receivedAt, happenedAt = receivedAt, producer } = context;
  const cleaning = { receivedAt, happenedAt, customTypes: config.customTypes, makeId: () => idFor(index) };
  for (; index < sent.length; index++) {
    const one = sent[index];
    if (one === undefined) continue;
    const cleaned = 'problem' in one ? { ok: false as const, problem: one.problem } : cleanEvent(one.value, cleaning);
    if (!cleaned.ok) {
      sorted.results[index] = { index, ...idAsSent(one), status: 'rejected', problem: cleaned.problem };
      continue;
    }
    sorted.values.push(cleaned.value);
    sorted.indexes.push(index);
    // Cleaning has found an event in it.
    const raw = ('value' in one ? one.value : {}) as RawEvent;
    const id = eventKey(producer, cleaned.value.event.id);
    sorted.keys.push({ id, body: bodyHash(eventBody(raw)), formerBody: () => bodyHash(formerEventBody(raw)) });
  }
  return sorted;
}

/** The id of an event that has none: the same for each retry where the request can be recognised. */
function idMaker({ idempotencyKey }: IntakeContext): (index: number) => string {
  return (index) => (idempotencyKey === undefined ? randomUUID() : derivedEventId(idempotencyKey, index));
}

interface ChangeRequest {
  readonly clean: (value: unknown) => Cleaned<CatalogueChange>;
  readonly context: IntakeContext;
}

async function takeChanges(sent: readonly Sent[], { clean, context }: ChangeRequest, options: IntakeOptions): Promise<IntakeResult> {
  const sorted = emptySorted<CatalogueChange>(sent.length);
  sent.forEach((one, index) => {
    const cleaned = 'problem' in one ? { ok: false as const, problem: one.problem } : fillIn(clean(one.value), options.filler);
    if (!cleaned.ok) {
      sorted.results[index] = { index, ...idAsSent(one), status: 'rejected', problem: cleaned.problem };
      return;
    }
    sorted.values.push(cleaned.value);
    sorted.indexes.push(index);
    sorted.keys.push({ id: changeKey(context, index), body: bodyHash('value' in one ? JSON.stringify(one.value) : '') });
  });
  const idOf = (index: number): string => sorted.values[index]?.id ?? '';
  const written = context.dryRun || sorted.values.length === 0 ? undefined : await write({ kind: 'catalogue', changes: sorted.values }, sorted.keys, { context, options });
  if (!context.dryRun) for (const change of sorted.values) options.filler.observe(change);
  return combine(sorted, idOf, written);
}

function fillIn(cleaned: Cleaned<CatalogueChange>, filler: Filler): Cleaned<CatalogueChange> {
  return cleaned.ok && cleaned.value.op !== 'delete' ? filler.fill(cleaned.value) : cleaned;
}

/** Catalogue changes have no ids of their own: only a retry with an idempotency key is one. */
function changeKey({ producer, idempotencyKey }: IntakeContext, index: number): string {
  return idempotencyKey === undefined ? randomBytes(16).toString('latin1') : eventKey(producer, `change\0${idempotencyKey}\0${index}`);
}

interface Writing {
  readonly context: IntakeContext;
  readonly options: IntakeOptions;
}

async function write(body: Parameters<Writer['submit']>[0]['body'], keys: readonly ItemKey[], { context, options }: Writing): Promise<WriteResult> {
  const { source, receivedAt, historical, bytes } = context;
  const start = options.clock.now();
  const written = await options.writer.submit({ body, keys, source, receivedAt, historical, bytes });
  const durable = options.clock.now();
  options.metrics.ingestBatch.observe((durable - start) / 1_000);
  // Back-filled data says nothing about freshness, in any stage.
  if (!historical) options.metrics.updateLag.observe({ stage: 'accept' }, Math.max(0, durable - receivedAt) / 1_000);
  return written;
}

function idAsSent(one: Sent): { id?: string } {
  if (!('value' in one) || typeof one.value !== 'object' || one.value === null || !('id' in one.value)) return {};
  // Cutting may leave half a surrogate pair, which a queue in Postgres could not store.
  return typeof one.value.id === 'string' ? { id: one.value.id.slice(0, 128).replace(/\p{Surrogate}/gu, '\u{fffd}') } : {};
}

const CONFLICT_STATUS: WriteStatus = 'conflict';

/** In a dry run nothing was written: what is clean would be accepted. */
function combine<T>(sorted: Sorted<T>, idOf: (index: number) => string, written: WriteResult | undefined): IntakeResult {
  const items = sorted.results;
  let accepted = 0;
  let duplicates = 0;
  sorted.indexes.forEach((index, i) => {
    const status = written?.statuses[i] ?? 'accepted';
    if (status === 'accepted') accepted++;
    else if (status === 'duplicate') duplicates++;
    items[index] = status === CONFLICT_STATUS ? { index, id: idOf(i), status, problem: CONFLICT } : { index, id: idOf(i), status };
  });
  const all = items.filter((item) => item !== undefined);
  return { accepted, duplicates, rejected: all.length - accepted - duplicates, items: all, ...(written === undefined ? {} : { sequence: written.seq }) };
}

const CONFLICT: Problem = { code: 'id_conflict', pointer: '/id', detail: 'This id was used before with another body; an event that differs needs an id of its own.' };

function countEvents(sorted: Sorted<CleanEvent>, items: readonly ItemResult[], metrics: Metrics): void {
  const counts = new Map<string, Map<string, number>>();
  const add = (type: string, result: string): void => {
    let byType = counts.get(result);
    if (byType === undefined) counts.set(result, (byType = new Map<string, number>()));
    byType.set(type, (byType.get(type) ?? 0) + 1);
  };
  let dropped = 0;
  sorted.values.forEach((value, i) => {
    dropped += value.dropped;
    add(value.event.type, items[sorted.indexes[i] ?? 0]?.status ?? '');
  });
  // The type of a rejected event is the producer's to choose: not a label.
  if (sorted.values.length < items.length) for (const { status } of items) if (status === 'rejected') add('unknown', status);
  if (dropped > 0) metrics.ingestDroppedFields.inc(dropped);
  for (const [result, byType] of counts) for (const [type, count] of byType) metrics.ingestEvents.inc({ type, result }, count);
}
