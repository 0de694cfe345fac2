import { cleanItem } from '@freshet/ingest/clean/item';
import { createFiller, type FillRule } from '@freshet/ingest/clean/fill';
import { describe, expect, it } from 'vitest';

const mug = { title: ' Mug ', categories: ['Kitchen', 'kitchen ', 'Kitchen'], price: 4.5, attributes: { colour: 'blue', volume: 0.3, tags: ['a', 'a'], gone: null }, weird: 1 };

describe('cleaning an item', () => {
  it('keeps named fields, cleaned, and drops the rest', () => {
    expect(cleanItem('put', ' m1', mug)).toEqual({
      ok: true,
      value: { op: 'put', id: 'm1', fields: { title: 'Mug', categories: ['Kitchen', 'kitchen'], price: 4.5, attributes: { colour: 'blue', volume: 0.3, tags: ['a'] } } },
    });
  });

  it.each([
    ['put', 'm1', { price: 1 }, 'missing_field /title'],
    ['put', ' ', mug, 'missing_field /id'],
    ['put', 'x'.repeat(129), mug, 'too_long /id'],
    ['put', 'm1', [], 'not_an_object '],
    ['put', 'm1', { ...mug, price: -1 }, 'out_of_range /price'],
    ['put', 'm1', { ...mug, available: 'yes' }, 'wrong_type /available'],
    ['put', 'm1', { ...mug, url: 'javascript:alert(1)' }, 'wrong_type /url'],
    ['put', 'm1', { ...mug, image_url: '//elsewhere/x.png' }, 'wrong_type /image_url'],
    ['patch', 'm1', { attributes: JSON.parse('{"__proto__": 1}') as unknown }, 'forbidden_name /attributes/__proto__'],
    ['patch', 'm1', { attributes: { nested: { a: 1 } } }, 'wrong_type /attributes/nested'],
    ['patch', 'm1', { title: 'x'.repeat(501) }, 'too_long /title'],
    ['put', 'm1', { ...mug, price: 1e13 }, 'out_of_range /price'],
    ['put', 'm1', { ...mug, attributes: { volume: 1e300 } }, 'out_of_range /attributes/volume'],
    ['put', 'm1', { ...mug, attributes: { '\u2028deep': { a: 1 } } }, 'wrong_type /attributes/\u2028deep'],
    ['put', 'm1', { ...mug, categories: ['\u0344'.repeat(128)] }, 'too_long /categories'],
    ['put', 'm1', { ...mug, attributes: { words: ['\u0344'.repeat(256)] } }, 'too_long /attributes/words'],
    ['put', 'm1', { ...mug, id: 'm2' }, 'id_mismatch /id'],
    ['put', 'm1', { ...mug, id: 1 }, 'wrong_type /id'],
    ['put', 'm1', { ...mug, id: ' m1 ' }, 'accepted'],
    ['put', 'm1', { ...mug, id: null }, 'accepted'],
    ['patch', 'm1', {}, 'empty_patch '],
    ['patch', 'm1', { titel: 'Mug', price: null, brand: ' ', attributes: {} }, 'empty_patch '],
    ['patch', 'm1', { id: 'm1', op: 'patch' }, 'empty_patch '],
    ['patch', 'm1', { available: false }, 'accepted'],
    ['patch', 'm1', { categories: [] }, 'accepted'],
  ] as const)('rejects what is wrong and names the place (case %#)', (op, id, raw, expected) => {
    const result = cleanItem(op, id, raw);
    expect(result.ok ? 'accepted' : `${result.problem.code} ${result.problem.pointer}`).toBe(expected);
  });
});

it('says which names a patch had that change nothing', () => {
  const result = cleanItem('patch', 'm1', { titel: 'Mug', price: null });
  expect(result).toMatchObject({ ok: false, problem: { detail: 'The patch names no field to change. It has "titel", "price": null, empty or not known.' } });
});

function put(id: string, category: string, attributes: Record<string, number>) {
  return { op: 'put' as const, id, fields: { title: id, categories: [category], attributes } };
}

describe('filling missing attributes', () => {
  const known = [
    put('a', 'mugs', { volume: 1, height: 10 }),
    put('b', 'mugs', { volume: 2, height: 20 }),
    put('c', 'mugs', { volume: 3, height: 30 }),
    put('d', 'mugs', { volume: 4, height: 40 }),
    put('e', 'mugs', { volume: 100, height: 50 }),
    put('f', 'pots', { volume: 1_000, height: 21 }),
  ];
  const fillWith = (rule: FillRule, category: string) => {
    const filler = createFiller({ volume: rule });
    for (const change of known) filler.observe(change);
    const result = filler.fill(put('new', category, { height: 22 }));
    return result.ok ? [result.value.fields.attributes?.['volume'], result.value.filled] : result.problem.code;
  };

  it.each([
    ['none', 'mugs', [undefined, undefined]],
    ['drop', 'mugs', 'missing_attribute'],
    ['mean', 'mugs', [22, ['volume']]],
    ['median', 'mugs', [3, ['volume']]],
    ['last', 'mugs', [100, ['volume']]],
    ['nearest', 'mugs', [2, ['volume']]],
    // One pot is too few to speak for pots: all items do.
    ['median', 'pots', [3.5, ['volume']]],
    ['last', 'pots', [1_000, ['volume']]],
    ['nearest', 'pots', [1_000, ['volume']]],
  ] as const)('%s in %s', (rule, category, expected) => {
    expect(fillWith(rule, category)).toEqual(expected);
  });

  it('leaves an attribute missing when nobody has it, and never takes a filled value as evidence', () => {
    const filler = createFiller({ volume: 'mean' });
    const first = filler.fill(put('x', 'mugs', {}));
    expect(first.ok && first.value.filled).toBeUndefined();
    filler.observe(put('a', 'mugs', { volume: 10 }));
    filler.observe({ ...put('b', 'mugs', { volume: 99 }), filled: ['volume'] });
    const second = filler.fill(put('y', 'mugs', {}));
    expect(second.ok && second.value.fields.attributes?.['volume']).toBe(10);
  });

  it('forgets deleted items and keeps to its limit', () => {
    const filler = createFiller({ volume: 'last' });
    filler.observe(put('a', 'mugs', { volume: 10 }));
    filler.observe(put('b', 'mugs', { volume: 20 }));
    filler.observe({ op: 'delete', id: 'b' });
    const result = filler.fill(put('y', 'mugs', {}));
    expect(result.ok && result.value.fields.attributes?.['volume']).toBe(10);
  });
});
