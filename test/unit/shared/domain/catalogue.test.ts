import { describe, expect, it } from 'vitest';
import { createCatalogue } from '@freshet/shared/domain/catalogue';

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
});
