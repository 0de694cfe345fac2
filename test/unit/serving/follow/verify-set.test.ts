import { verifySet } from '@freshet/serving/follow/verify-set';
import { CATALOGUED, USERS_NEEDED } from '@freshet/shared/domain/tables';
import { describe, expect, it } from 'vitest';
import { makeModel, type ModelData } from '../support/model.js';
import { loadTableSet, write } from '../support/table-set.js';

const rest = (): Promise<void> => Promise.resolve();

function described(count: number): ModelData {
  const model = makeModel(1, 60);
  return { ...model, rows: model.rows.map((row) => (row.row > 0 && row.row <= count ? { ...row, users: CATALOGUED | USERS_NEEDED } : row)) };
}

/** Knows the first so many items and as many others, and has folded the log up to `seq`. */
const knows = (count: number, seq = 10, others = 40) => ({ has: (id: string) => Number(id.replace('item-', '')) <= count, size: () => count + others, seq: () => seq });

describe('a model that was loaded aside', () => {
  it('is let through when its names, followers and the catalogue agree', async () => {
    const { set } = await loadTableSet(described(40));
    await expect(verifySet(set, { known: knows(40), applied: 10, rest })).resolves.toBeUndefined();
  });

  it('is refused when the catalogue doesn’t know most of what it says the shop has described', async () => {
    const { set } = await loadTableSet(described(40));
    await expect(verifySet(set, { known: knows(19), applied: 10, rest })).rejects.toMatchObject({ code: 'model_catalogue', message: expect.stringContaining('knows 19 of the 40') as string });
    await verifySet(set, { known: knows(20), applied: 10, rest });
  });

  it('is not held against a catalogue that lies behind it, nor by a handful of items', async () => {
    const { set } = await loadTableSet(described(40));
    await expect(verifySet(set, { known: knows(0, 9), applied: 10, rest })).resolves.toBeUndefined();
    const few = await loadTableSet(described(19));
    await expect(verifySet(few.set, { known: knows(0), applied: 10, rest })).resolves.toBeUndefined();
  });

  it('comes before its catalogue where it was imported: an empty one, and one that grows, says nothing against it', async () => {
    const { set } = await loadTableSet(described(40));
    for (const count of [0, 1, 19, 25, 40]) await expect(verifySet(set, { known: knows(count, 10, 0), applied: 0, rest })).resolves.toBeUndefined();
    // Another shop's: twenty items, none of which the model knows.
    await expect(verifySet(set, { known: knows(0, 10, 20), applied: 0, rest })).rejects.toMatchObject({ code: 'model_catalogue' });
  });

  it('is refused when a name stands for two rows, a row has no name, or a follower isn’t there', async () => {
    const twice = await loadTableSet(described(0));
    twice.set.name(61, 'item-7');
    await expect(verifySet(twice.set, { known: knows(0), applied: 0, rest })).rejects.toMatchObject({ code: 'model_names' });
    const model = makeModel(2, 60);
    const nameless = await loadTableSet({ ...model, rows: model.rows.map(({ name, ...row }) => (row.row === 9 ? row : { ...row, ...(name === undefined ? {} : { name }) })) });
    await expect(verifySet(nameless.set, { known: knows(0), applied: 0, rest })).rejects.toMatchObject({ code: 'model_names', message: 'item row 9 has an embedding and no name' });
    const strange = await loadTableSet(model);
    write(strange.set, { ...model, rows: model.rows.map((row) => (row.row === 5 ? { ...row, follow: new Map([[61, 1]]) } : row)) });
    await expect(verifySet(strange.set, { known: knows(0), applied: 0, rest })).rejects.toMatchObject({ code: 'model_followers', message: 'a follower of item row 5 is row 61, and there are 61' });
  });
});
