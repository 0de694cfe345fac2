/**
 * Missing numeric attributes of items, filled by rule from what other items have.
 * In: a cleaned change. Out: the change with values filled in and their names in `filled`, or a problem (`drop`).
 *
 * 1. Values come from the same category where at least 5 items of it have one (the last named category first), else
 *    from all items; where nobody has one, the attribute stays missing.
 * 2. A filled value is never evidence for another.
 * 3. Bounded: the newest `SAMPLE_ITEMS` items are remembered, each looked at once for a missing value.
 */
import type { CatalogueChange, ItemFields } from '@freshet/shared/domain/entry';
import type { PutOrPatch } from './item.js';
import { type Cleaned, rejected } from './problem.js';

export type FillRule = 'none' | 'drop' | 'mean' | 'median' | 'nearest' | 'last';
/** By attribute name; `price` is the item's price. */
export type FillRules = Readonly<Record<string, FillRule>>;

export interface Filler {
  /** Only a `put` is filled: a patch says what changes and nothing else. */
  fill(change: PutOrPatch): Cleaned<PutOrPatch>;
  /** Remembers what a committed change says. */
  observe(change: CatalogueChange): void;
}

const SAMPLE_ITEMS = 2_000;
const CATEGORY_VALUES = 5;

interface Sample {
  readonly categories: readonly string[];
  readonly numbers: ReadonlyMap<string, number>;
}

export function createFiller(rules: FillRules): Filler {
  const wanted = Object.entries(rules).filter(([, rule]) => rule !== 'none');
  const samples = new Map<string, Sample>();
  return {
    fill(change) {
      if (change.op === 'patch' || wanted.length === 0) return { ok: true, value: change };
      const present = numbersOf(change.fields);
      const filled = new Map<string, number>();
      for (const [name, rule] of wanted) {
        if (present.has(name)) continue;
        if (rule === 'drop') return rejected('missing_attribute', pointerOf(name), `The configuration refuses items without a number for "${name}".`);
        const value = estimate(rule, name, { item: { categories: change.fields.categories ?? [], numbers: present }, samples });
        if (value !== undefined) filled.set(name, value);
      }
      return { ok: true, value: filled.size === 0 ? change : withFilled(change, filled) };
    },
    observe(change) {
      if (wanted.length > 0) remember(samples, change);
    },
  };
}

function pointerOf(name: string): string {
  return name === 'price' ? '/price' : `/attributes/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function numbersOf(fields: ItemFields, without: readonly string[] = []): Map<string, number> {
  const numbers = new Map<string, number>();
  if (fields.price !== undefined) numbers.set('price', fields.price);
  for (const [name, value] of Object.entries(fields.attributes ?? {})) if (typeof value === 'number') numbers.set(name, value);
  for (const name of without) numbers.delete(name);
  return numbers;
}

function remember(samples: Map<string, Sample>, change: CatalogueChange): void {
  const old = samples.get(change.id);
  samples.delete(change.id);
  if (change.op === 'delete') return;
  const numbers = numbersOf(change.fields, change.filled);
  const base = change.op === 'patch' ? old : undefined;
  samples.set(change.id, {
    categories: change.fields.categories ?? base?.categories ?? [],
    numbers: base === undefined ? numbers : new Map([...base.numbers, ...numbers]),
  });
  for (const oldest of samples.keys()) {
    if (samples.size <= SAMPLE_ITEMS) break;
    samples.delete(oldest);
  }
}

interface Evidence {
  readonly item: Sample;
  readonly samples: ReadonlyMap<string, Sample>;
}

function estimate(rule: Exclude<FillRule, 'none' | 'drop'> | FillRule, name: string, { item, samples }: Evidence): number | undefined {
  const having = [...samples.values()].filter((sample) => sample.numbers.has(name));
  const category = item.categories.findLast((one) => count(having, one) >= CATEGORY_VALUES);
  const chosen = category === undefined ? having : having.filter((sample) => sample.categories.includes(category));
  const values = chosen.map((sample) => sample.numbers.get(name) ?? 0);
  if (values.length === 0) return undefined;
  switch (rule) {
    case 'mean':
      return values.reduce((sum, value) => sum + value / values.length, 0);
    case 'median':
      return median(values);
    case 'last':
      return values.at(-1);
    case 'nearest':
      return nearest(item, chosen)?.numbers.get(name) ?? median(values);
    default:
      return undefined;
  }
}

function count(samples: readonly Sample[], category: string): number {
  return samples.reduce((sum, sample) => sum + Number(sample.categories.includes(category)), 0);
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? undefined : lower + (upper - lower) / 2;
}

/** Smallest mean difference over the numbers both have, each in units of its spread; the newest of equals. */
function nearest(item: Sample, candidates: readonly Sample[]): Sample | undefined {
  const spreads = new Map([...item.numbers.keys()].map((name) => [name, spreadOf(name, candidates)]));
  let best: Sample | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = distanceBetween(item, candidate, spreads);
    if (distance === undefined || distance > bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

function spreadOf(name: string, samples: readonly Sample[]): number {
  const values = samples.flatMap((sample) => sample.numbers.get(name) ?? []);
  return Math.max(...values) - Math.min(...values) || 1;
}

function distanceBetween(a: Sample, b: Sample, spreads: ReadonlyMap<string, number>): number | undefined {
  let sum = 0;
  let shared = 0;
  for (const [name, value] of a.numbers) {
    const other = b.numbers.get(name);
    if (other === undefined) continue;
    sum += Math.abs(value - other) / (spreads.get(name) ?? 1);
    shared++;
  }
  return shared === 0 ? undefined : sum / shared;
}

function withFilled(change: PutOrPatch, filled: ReadonlyMap<string, number>): PutOrPatch {
  const { price = change.fields.price, ...attributes } = Object.fromEntries(filled) as Record<string, number> & { price?: number };
  return {
    ...change,
    fields: {
      ...change.fields,
      ...(price === undefined ? {} : { price }),
      ...(Object.keys(attributes).length === 0 ? {} : { attributes: { ...change.fields.attributes, ...attributes } }),
    },
    filled: [...filled.keys()],
  };
}
