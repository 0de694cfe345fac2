/**
 * A trainer's state of a chosen size, put in by the doors that a real one uses: the published model through its sink, the
 * catalogue's texts and the shoppers' histories as a start reads them, and events that are learned.
 *
 * 1. Everything is a pure function of the sizes and the seed. Items are drawn by their popularity: the k-th of n with a density like 1/k.
 * 2. Rows are given in slices, as snapshots have them, so that what is handed over takes little room itself.
 */
import type { ItemFields, LogEntry } from '@freshet/shared/domain/entry';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { configHash, initialDense, type ModelConfig } from '@freshet/shared/domain/model-config';
import { packDense } from '@freshet/shared/domain/dense';
import { randomNormal, randomUnit } from '@freshet/shared/domain/random';
import { CONSTANT_ROW, FOLLOW, ITEM_TAIL, STAT, strideOf, USERS_NEEDED, WORD_TAIL } from '@freshet/shared/domain/tables';
import type { ModelSink } from '@freshet/shared/ports/model-sink';

type CatalogueEntry = Extract<LogEntry, { kind: 'catalogue' }>;

export interface Sizes {
  readonly model: ModelConfig;
  readonly items: number;
  readonly words: number;
  readonly users: number;
  /** Events of a shopper. */
  readonly events: number;
  readonly seed: number;
}

const SLICE = 4_096;
const WORDS_OF_ITEM = 6;
const START_MS = Date.UTC(2026, 0, 1);
const EVENTS_OF_ENTRY = 500;
const TYPES = ['view', 'view', 'view', 'view', 'view', 'view', 'view', 'cart', 'cart', 'purchase'] as const;

export function loadModel(sink: ModelSink, sizes: Sizes): void {
  const { model, items, words } = sizes;
  sink.accept?.({ dim: model.dim, configHash: configHash(model) });
  const dense = packDense(initialDense());
  sink.write('dense', dense.ids, dense.values);
  for (const ids of slices(CONSTANT_ROW, items + 1)) {
    for (const row of ids) if (row !== CONSTANT_ROW) sink.name(row, itemName(row));
    sink.write('item', ids, embeddings(ids, { stride: strideOf('item', model.dim), dim: model.dim, acc: ITEM_TAIL.acc, seed: sizes.seed }));
    sink.write('stat', ids, statistics(ids));
  }
  for (const ids of slices(0, words)) {
    for (const row of ids) sink.name(row, wordName(row), 'word');
    sink.write('word', ids, embeddings(ids, { stride: strideOf('word', model.dim), dim: model.dim, acc: WORD_TAIL.acc, seed: sizes.seed + 1 }));
  }
}

/** Every cell of every item. */
export function loadFollowers(sink: ModelSink, { model: { followers }, items, seed }: Sizes): void {
  for (const ids of slices(followers, (items + 1) * followers)) {
    const values = new Uint32Array(ids.length * FOLLOW.words);
    const counts = new Float32Array(values.buffer);
    ids.forEach((cell, i) => {
      const item = Math.floor(cell / followers);
      values[i * FOLLOW.words + FOLLOW.follower] = 1 + ((item + 1 + (cell % followers)) % items);
      counts[i * FOLLOW.words + FOLLOW.count] = 100 * randomUnit(seed, cell, 2);
    });
    sink.write('follow', ids, values);
  }
}

/** What a shop says of an item, beside its title. */
export type Described = (row: number) => ItemFields;

/** A description of each item: words of its title, and what else is described. */
export function* descriptions({ items, words, seed }: Sizes, described: Described = () => ({})): Generator<CatalogueEntry> {
  for (let row = 1, seq = 1; row <= items; seq++) {
    const changes = [];
    for (; changes.length < EVENTS_OF_ENTRY && row <= items; row++) {
      const title = Array.from({ length: WORDS_OF_ITEM }, (_, k) => wordName(Math.floor(words * randomUnit(seed + 2, row, k)))).join(' ');
      changes.push({ op: 'put' as const, id: itemName(row), fields: { title, ...described(row) } });
    }
    yield { kind: 'catalogue', changes, seq, source: 'bench', receivedAt: START_MS, historical: false };
  }
}

/** So many events of each shopper, in the order of time: everybody's first, then everybody's second … */
export function* pastEvents({ items, users, events, seed }: Sizes): Generator<LogEntry> {
  for (let n = 0, seq = 1_000_000; n < users * events; seq++) {
    const some = Math.min(EVENTS_OF_ENTRY, users * events - n);
    yield entryOf(seq, Array.from({ length: some }, (_, k) => eventOf(n + k, { items, users, seed })));
    n += some;
  }
}

/** `count` events more, of shoppers in turn. */
export function* newEvents({ items, users, events, seed }: Sizes, count: number): Generator<LogEntry> {
  for (let n = 0, seq = 2_000_000_000; n < count; seq++) {
    const some = Math.min(EVENTS_OF_ENTRY, count - n);
    yield entryOf(seq, Array.from({ length: some }, (_, k) => eventOf(users * events + n + k, { items, users, seed: seed + 3 })));
    n += some;
  }
}

function entryOf(seq: number, events: readonly LogEvent[]): LogEntry {
  return { kind: 'events', events, seq, source: 'bench', receivedAt: events[0]?.ts ?? START_MS, historical: false };
}

function eventOf(n: number, { items, users, seed }: Pick<Sizes, 'items' | 'users' | 'seed'>): LogEvent {
  const item = Math.max(1, Math.ceil(items ** randomUnit(seed, n >>> 0, Math.floor(n / 2 ** 32))));
  const type = TYPES[Math.floor(TYPES.length * randomUnit(seed, n >>> 0, 1))] ?? 'view';
  return { id: `event-${n}`, type, user: userRef(n % users), item: itemName(item), ts: START_MS + n };
}

/** The highest bit is set, so that all have sixteen digits: a text padded or put together would take twice its room. */
export function userRef(user: number): UserRef {
  const high = BigInt((Math.imul(user, 0x9e37_79b1) | 0x8000_0000) >>> 0);
  return ((high << 32n) | BigInt(user)).toString(16) as UserRef;
}

function itemName(row: number): string {
  return `item-${row}`;
}

/** Letters only, and none twice: what stands in a text is cut at digits and spaces. */
function wordName(row: number): string {
  return `w${row.toString().padStart(6, '0').replaceAll(/\d/g, (digit) => String.fromCodePoint(97 + Number(digit)))}`;
}

function embeddings(ids: Uint32Array, { stride, dim, acc, seed }: { readonly stride: number; readonly dim: number; readonly acc: number; readonly seed: number }): Uint32Array {
  const floats = new Float32Array(ids.length * stride);
  ids.forEach((row, i) => {
    for (let d = 0; d < dim; d++) floats[i * stride + d] = randomNormal(seed, row, d) / Math.sqrt(dim);
    floats[i * stride + dim + acc] = 1;
  });
  return new Uint32Array(floats.buffer);
}

function statistics(ids: Uint32Array): Uint32Array {
  const values = new Uint32Array(ids.length * STAT.words);
  const floats = new Float32Array(values.buffer);
  ids.forEach((_, i) => {
    const at = i * STAT.words;
    values[at + STAT.count] = 10;
    values[at + STAT.lastSeen] = Math.floor(START_MS / 1_000);
    values[at + STAT.users] = USERS_NEEDED;
    floats[at + STAT.week] = 1;
  });
  return values;
}

function* slices(from: number, end: number): Generator<Uint32Array> {
  for (let first = from; first < end; first += SLICE) yield Uint32Array.from({ length: Math.min(SLICE, end - first) }, (_, i) => first + i);
}
