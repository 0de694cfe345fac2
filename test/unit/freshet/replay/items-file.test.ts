import { describe, expect, it } from 'vitest';
import { readItemsFile } from 'freshet/replay/items-file';
import { file } from '../../../support/data-files.js';

describe('readItemsFile', () => {
  it('recognises the columns of a catalogue and keeps the rest as attributes', async () => {
    const content = 'SKU,Name,Category,Brand,Price,colour\nm1,Blue Mug,Mugs|Gifts,Plainly,9.5,blue\nm2,,,,4,';
    const { changes } = await readItemsFile(file(content));
    expect(changes).toEqual([
      { op: 'put', id: 'm1', fields: { title: 'Blue Mug', categories: ['Mugs', 'Gifts'], brand: 'Plainly', price: 9.5, attributes: { colour: 'blue' } } },
      { op: 'patch', id: 'm2', fields: { price: 4 } },
    ]);
  });

  it('reads NDJSON with lists', async () => {
    const { changes } = await readItemsFile(file('{"id":"a","title":"A","categories":["x","y"],"available":false}'));
    expect(changes).toEqual([{ op: 'put', id: 'a', fields: { title: 'A', categories: ['x', 'y'], available: false } }]);
  });

  it('counts rows that the catalogue would reject', async () => {
    const { changes, bad } = await readItemsFile(file('id,title,price\n,No id,1\na,Dear,lots\nb,Fine,2'));
    expect(changes.map((change) => change.id)).toEqual(['b']);
    expect(bad.reasons).toEqual({ 'no id': 1, 'wrong_type /price': 1 });
  });

  it('leaves out an overlong attribute, not its item, and says so', async () => {
    const { changes, bad } = await readItemsFile(file(`id\ttitle\tlist\na\tA\t${'x'.repeat(1_001)}`));
    expect(changes).toEqual([{ op: 'put', id: 'a', fields: { title: 'A' } }]);
    expect(bad.total).toBe(1);
  });

  it('names the columns when none is an id', async () => {
    await expect(readItemsFile(file('name,price\na,1'))).rejects.toThrow(/no column id .*its columns are: name, price/);
  });
});
