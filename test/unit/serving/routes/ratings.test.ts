/** `predicted_rating` in answers: from the model's tables, for shoppers who are asked for by name, over snapshots and rollbacks' table sets. */
import { beginCut } from '@freshet/serving/store/cut';
import { decodeDelta, type TableRows } from '@freshet/shared/codec/delta';
import type { UserRef } from '@freshet/shared/domain/event';
import { RATING, USER } from '@freshet/shared/domain/tables';
import { describe, expect, it } from 'vitest';
import { CONFIG_HASH, makeModel, NOW } from '../support/model.js';
import { serve } from '../support/serving.js';
import { loadTableSet } from '../support/table-set.js';

const ITEMS = 30;

/** μ 3.5 of ten ratings; item-1 … item-9 are rated, b_i = row / 10; `ref` has b_u = −1. */
function ratings(ref: UserRef): TableRows[] {
  const items = new Float32Array(10 * RATING.words);
  const counts = new Uint32Array(items.buffer);
  for (let row = 0; row < 10; row++) {
    items[row * RATING.words + RATING.bias] = row === 0 ? 3.5 : row / 10;
    counts[row * RATING.words + RATING.count] = row === 0 ? 10 : 1;
  }
  const user = new Float32Array(USER.words);
  user[USER.bias] = -1;
  const words = new Uint32Array(user.buffer);
  words.set([Number.parseInt(ref.slice(0, 8), 16), Number.parseInt(ref.slice(8), 16), 1_000, 1]);
  return [{ table: 'rating', ids: Uint32Array.from({ length: 10 }, (_, row) => row), values: counts }, { table: 'user', ids: Uint32Array.of(0), values: words }];
}

type Item = { readonly id: string; readonly predicted_rating?: number };

async function site() {
  const shop = await serve();
  const ref = await shop.person('ada');
  const model = makeModel(3, ITEMS);
  await shop.event({ type: 'view', user: ref, item: 'item-12', ts: NOW });
  return { shop, ref, model };
}

describe('predicted_rating', () => {
  it('stands beside the score of each rated item, for the shopper who is asked for', async () => {
    const { shop, ref, model } = await site();
    await using _ = shop;
    await shop.publish({ ...model, extra: ratings(ref) });
    await expect.poll(() => shop.serving.status()?.version).toBe(1);
    const { body } = await shop.get(`/v1/users/ada/recommendations?limit=${ITEMS}`);
    const items = (body.items ?? []) as readonly Item[];
    expect(items.length).toBeGreaterThan(20);
    for (const { id, predicted_rating } of items) {
      const row = Number(id.slice('item-'.length));
      expect(predicted_rating).toBe(row < 10 ? Math.round(100 * (3.5 - 1 + Math.fround(row / 10))) / 100 : undefined);
    }
    const stranger = await shop.post('/v1/recommendations', { user_id: 'bob', limit: ITEMS });
    expect(((stranger.body.items ?? []) as readonly Item[]).find(({ id }) => id === 'item-5')?.predicted_rating).toBe(4);
  });

  it('is left out for sessions, for items asked about alone, and while nobody has rated', async () => {
    const { shop, ref, model } = await site();
    await using _ = shop;
    await shop.publish(model);
    await expect.poll(() => shop.serving.status()?.version).toBe(1);
    const rated = async (path: string): Promise<number> => (((await shop.get(path)).body.items ?? []) as readonly Item[]).filter((item) => 'predicted_rating' in item).length;
    expect(await rated('/v1/users/ada/recommendations')).toBe(0);
    await shop.publish({ ...model, extra: ratings(ref) });
    await expect.poll(() => shop.serving.status()?.version).toBe(2);
    expect(await rated('/v1/users/ada/recommendations?limit=30')).toBe(9);
    expect(await rated('/v1/items/item-12/similar?limit=30')).toBe(0);
    const session = await shop.post('/v1/recommendations', { session_id: 's', session: [{ type: 'view', item_id: 'item-12' }] });
    expect(((session.body.items ?? []) as readonly Item[]).some((item) => 'predicted_rating' in item)).toBe(false);
  });
});

describe('a snapshot', () => {
  it('holds ratings, and a table set that is used again holds none', async () => {
    const ref = '00000000000000ab' as UserRef;
    const { set } = await loadTableSet(makeModel(3, ITEMS));
    for (const rows of ratings(ref)) set.write(rows.table, rows.ids, rows.values);
    const other = await loadTableSet(makeModel(4, 1));
    const cut = beginCut(set);
    const header = { version: 1, toSeq: 1, learnedMs: 0, epoch: 1, configHash: CONFIG_HASH };
    for (let chunk = cut.next(header); chunk !== undefined; chunk = cut.next(header)) {
      const { tables, vocabulary } = decodeDelta(chunk);
      for (const { row, name } of vocabulary) other.set.name(row, name);
      for (const { table, ids, values } of tables) other.set.write(table, ids, values);
    }
    expect(other.set.ratings.predict(ref, 4)).toBe(set.ratings.predict(ref, 4));
    expect(other.set.ratings.predict(ref, 4)).toBeCloseTo(2.9, 6);
    while (!other.set.clear(100)) continue;
    expect(other.set.ratings.predict(ref, 4)).toBeUndefined();
  });
});
