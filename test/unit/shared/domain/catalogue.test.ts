import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { createCatalogue } from '@freshet/shared/domain/catalogue';
import { type ItemDocument, OPENED } from '@freshet/shared/domain/kept-documents';

const at = (seq: number, index = 0) => ({ seq, index });

describe('the catalogue', () => {
  it('replaces a document on put and merges fields and attributes on patch', () => {
    const catalogue = createCatalogue();
    catalogue.apply({ op: 'put', id: 'a', fields: { title: 'Mug', price: 5, attributes: { colour: 'red', size: 2 } } }, at(1));
    catalogue.apply({ op: 'patch', id: 'a', fields: { price: 6, attributes: { size: 3 } } }, at(2));
    expect(catalogue.find('a')?.fields).toEqual({ title: 'Mug', price: 6, attributes: { colour: 'red', size: 3 } });
    catalogue.apply({ op: 'put', id: 'a', fields: { title: 'Cup' } }, at(3));
    expect(catalogue.find('a')?.fields).toEqual({ title: 'Cup' });
  });

  it('keeps a deleted item deleted when an older change comes again', () => {
    const catalogue = createCatalogue();
    catalogue.apply({ op: 'put', id: 'a', fields: { title: 'Mug' } }, at(1));
    catalogue.apply({ op: 'delete', id: 'a' }, at(2));
    catalogue.apply({ op: 'put', id: 'a', fields: { title: 'Mug' } }, at(1));
    expect(catalogue.find('a')).toBeUndefined();
    expect(catalogue.document('a')?.deleted).toBe(true);
  });

  it('changes nothing when a change is applied twice, and lets a newer one bring the item back', () => {
    const catalogue = createCatalogue();
    const patch = { op: 'patch' as const, id: 'a', fields: { price: 1 } };
    catalogue.apply(patch, at(1, 1));
    catalogue.takeDirty();
    catalogue.apply(patch, at(1, 1));
    expect(catalogue.takeDirty().size).toBe(0);
    catalogue.apply({ op: 'delete', id: 'a' }, at(2));
    catalogue.apply({ op: 'put', id: 'a', fields: { price: 2 } }, at(3));
    expect(catalogue.find('a')?.fields.price).toBe(2);
  });

  it('forgets that an attribute was filled once the shop names it', () => {
    const catalogue = createCatalogue();
    catalogue.apply({ op: 'put', id: 'a', fields: { attributes: { weight: 3, width: 4 } }, filled: ['weight', 'width'] }, at(1));
    catalogue.apply({ op: 'patch', id: 'a', fields: { attributes: { weight: 5 } } }, at(2));
    expect(catalogue.find('a')?.filled).toEqual(['width']);
  });

  it('is, after any changes and with any documents loaded, what a map of documents would be', () => {
    const id = fc.constantFrom('a', 'b', 'c');
    const fields = fc.record({ title: fc.string(), available: fc.boolean(), attributes: fc.dictionary(fc.constantFrom('x', 'y'), fc.integer(), { noNullPrototype: true, minKeys: 1 }) }, { requiredKeys: [] });
    const place = { seq: fc.nat(9), index: fc.nat(2) };
    const step = fc.oneof(
      fc.record({ ...place, change: fc.oneof(fc.record({ op: fc.constantFrom('put' as const, 'patch' as const), id, fields }), fc.record({ op: fc.constant('delete' as const), id })) }),
      fc.record({ ...place, document: fc.record({ id, fields }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const catalogue = createCatalogue();
        const model = new Map<string, ItemDocument>();
        for (const one of steps) {
          const { seq, index } = one;
          const given = 'change' in one ? one.change : { op: 'put' as const, ...one.document };
          const before = model.get(given.id);
          const isNewer = before === undefined || (seq - before.seq || index - before.index) > 0;
          const old = given.op === 'patch' ? before?.fields : undefined;
          const attributes = given.op === 'delete' ? {} : { ...old?.attributes, ...given.fields.attributes };
          const merged = given.op === 'delete' ? {} : { ...old, ...given.fields, ...(Object.keys(attributes).length > 0 ? { attributes } : {}) };
          const now: ItemDocument = { id: given.id, fields: merged, filled: [], deleted: given.op === 'delete', seq, index };
          if (isNewer) model.set(given.id, now);
          const folded = 'change' in one ? catalogue.apply(one.change, { seq, index }) : catalogue.load({ ...now, fields: one.document.fields });
          expect(folded).toEqual(isNewer ? { before, now } : undefined);
        }
        expect([...catalogue.entries()]).toEqual([...model.values()]);
        expect([...catalogue.looks()].map(({ id: name, title, seq }) => ({ name, title, seq }))).toEqual([...model.values()].filter(({ deleted }) => !deleted).map(({ id: name, fields: { title }, seq }) => ({ name, title, seq })));
        for (const name of ['a', 'b', 'c']) {
          const document = model.get(name);
          expect(catalogue.document(name)).toEqual(document);
          expect(catalogue.find(name)).toEqual(document?.deleted === true ? undefined : document);
          expect(catalogue.state(name)).toBe(document === undefined ? 'undescribed' : document.deleted ? 'deleted' : document.fields.available === false ? 'unavailable' : 'available');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has of items whose numbers share a place among the opened ones each its own document', () => {
    const catalogue = createCatalogue();
    for (let n = 0; n <= 2 * OPENED; n++) catalogue.apply({ op: 'put', id: `i${n}`, fields: { price: n } }, at(1, n));
    for (const n of [0, OPENED, 2 * OPENED, 0]) expect(catalogue.find(`i${n}`)).toMatchObject({ id: `i${n}`, fields: { price: n } });
    expect(catalogue.find('i0')).toBe(catalogue.find('i0'));
    catalogue.apply({ op: 'patch', id: 'i0', fields: { price: 7 } }, at(2));
    expect(catalogue.find('i0')?.fields.price).toBe(7);
  });

  it('lets a look read what filters ask for', () => {
    const catalogue = createCatalogue();
    catalogue.apply({ op: 'put', id: 'a', fields: { title: 'Mug', brand: 'Alder', categories: ['home'], price: 5, available: false, attributes: { colour: 'red', tags: ['x'] } } }, at(1, 2));
    const look = catalogue.look('a');
    expect({ id: look?.id, seq: look?.seq, index: look?.index, title: look?.title, brand: look?.brand, categories: look?.categories, price: look?.price, available: look?.available, attributes: look?.attributes }).toEqual({
      id: 'a', seq: 1, index: 2, title: 'Mug', brand: 'Alder', categories: ['home'], price: 5, available: false, attributes: { colour: 'red', tags: ['x'] },
    });
    expect([look?.attribute('tags'), look?.attribute('size')]).toEqual([['x'], undefined]);
    catalogue.apply({ op: 'put', id: 'b', fields: { title: 'Cup' } }, at(2));
    catalogue.apply({ op: 'patch', id: 'a', fields: { title: 'Cup', price: 6 } }, at(3));
    expect({ title: look?.title, price: look?.price, brand: look?.brand }).toEqual({ title: 'Cup', price: 6, brand: 'Alder' });
    catalogue.apply({ op: 'delete', id: 'a' }, at(4));
    expect({ title: look?.title, seq: look?.seq }).toEqual({ title: undefined, seq: 4 });
    expect(catalogue.look('a')).toBeUndefined();
    expect(catalogue.look('c')).toBeUndefined();
  });
});
