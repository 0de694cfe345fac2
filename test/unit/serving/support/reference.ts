/** MODEL.md's forward formula, term by term, in plain doubles: slow and obviously right. */
import type { History } from '@freshet/shared/domain/history';
import { ageBucket, DENSE, FOLLOWED_ITEMS, followWeight, HISTORY_LENGTH, lengthBucket, PAST_ITEMS } from '@freshet/shared/domain/model-config';
import { followScale } from '@freshet/shared/domain/tables';
import type { ModelData, ModelRow } from './model.js';

export function referenceScores(data: ModelData, { events, seen }: Pick<History, 'events' | 'seen'>, at: { readonly now: number; readonly temperature: number }): Map<string, number> {
  const byName = new Map(data.rows.map((row) => [row.name, row]));
  const known = events.filter((event) => byName.has(event.item)).slice(0, HISTORY_LENGTH);
  const w = (index: number): number => data.dense[index] ?? Number.NaN;
  const raw = known.map((event, k) => Math.exp(w(DENSE.position + k) + w(DENSE.age + ageBucket(at.now - event.ts)) + w(DENSE.type + event.group)));
  const constant = Math.exp(w(DENSE.constant));
  const sum = raw.reduce((a, b) => a + b, constant);
  const e0 = data.rows[0]?.embedding ?? [];
  const h = e0.map((x, d) => (constant / sum) * x + known.reduce((acc, event, k) => acc + ((raw[k] ?? 0) / sum) * (byName.get(event.item)?.embedding[d] ?? 0), 0));
  const [newest] = known;
  const sharpness = newest === undefined ? 1 : Math.exp(w(DENSE.sharpLength + lengthBucket(known.length)) + w(DENSE.sharpAge + ageBucket(at.now - newest.ts)));
  const past = [...seen].filter(([item, mark]) => !mark.refused && mark.ts <= at.now && !events.some((event) => event.item === item));
  const pastTimes = new Map(past.map(([item, { ts }]) => [item, ts] as const).sort(([, a], [, b]) => b - a).slice(0, PAST_ITEMS));
  const scores = new Map<string, number>();
  for (const row of data.rows) {
    if (row.name === undefined) continue;
    const last = known.find((event) => event.item === row.name);
    const before = pastTimes.get(row.name);
    const repeatPast = before === undefined ? 0 : w(DENSE.repeatPast + ageBucket(at.now - before));
    const repeat = last === undefined ? repeatPast : w(DENSE.repeat + ageBucket(at.now - last.ts));
    scores.set(row.name, (sharpness * cosine(h, row)) / at.temperature + row.bias + repeat + followTerms(row.row));
  }
  return scores;

  /** Of the last items, each once. */
  function followTerms(row: number): number {
    const last = known.slice(0, FOLLOWED_ITEMS).map(({ item }) => item);
    return last.reduce((total, item, z) => total + (last.indexOf(item) === z ? w(followWeight(z)) * followLog(byName.get(item), row) : 0), 0);
  }

  function followLog(followed: ModelRow | undefined, row: number): number {
    return Math.log(1 + 20 * (followed?.follow?.get(row) ?? 0) * followScale(at.now));
  }
}

function cosine(h: readonly number[], row: ModelRow): number {
  const dot = h.reduce((sum, x, d) => sum + x * (row.embedding[d] ?? 0), 0);
  return dot / (Math.hypot(...h) * Math.hypot(...row.embedding));
}

/** The k best, of equal scores the lower row. */
export function referenceTop(scores: ReadonlyMap<string, number>, k: number, isExcluded: (id: string) => boolean = () => false): [string, number][] {
  return [...scores].filter(([id]) => !isExcluded(id)).sort((a, b) => b[1] - a[1]).slice(0, k);
}
