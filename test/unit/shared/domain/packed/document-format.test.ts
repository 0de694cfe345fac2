import { Buffer } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import { createDocumentFormat, NO_BYTES, NO_SHAPE, type PackedFields } from '@freshet/shared/domain/packed/document-format';
import { SHAPES } from '@freshet/shared/domain/packed/shapes';
import { SHARED_LISTS, SHARED_TEXTS } from '@freshet/shared/domain/packed/values';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** Any UTF-16 code units: also halves of pairs that stand alone. */
const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((codes) => String.fromCharCode(...codes));
const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), units, fc.constantFrom('', 'a', 'für 5 €', '陶瓷杯子', '\ud800', 'x\udc00y', '\u{1f600}', 'é'.repeat(300)));
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constantFrom(0, -0, 1e308, 5e-324, 19.99, 0.07, 1.005, 2 ** 50, 2 ** 53, -1, 2 ** 51 + 0.5));
const list = fc.array(text, { maxLength: 5 });
const attributes = fc.dictionary(fc.oneof(text, fc.constantFrom('colour', '__proto__', 'constructor', '10', '9')), fc.oneof(text, number, fc.boolean(), list), { maxKeys: 6, noNullPrototype: true });
const fields = fc.record(
  { title: text, description: text, categories: list, brand: text, price: number, available: fc.boolean(), image_url: text, url: text, attributes: attributes.filter((some) => Object.keys(some).length > 0) },
  { requiredKeys: [], noNullPrototype: true },
);
const document: fc.Arbitrary<PackedFields> = fc.record({ seq: fc.maxSafeNat(), index: fc.nat(), filled: fc.array(text, { maxLength: 3 }), fields }, { noNullPrototype: true });

/** As `Object.is`, and with the order of attributes. An attribute called `constructor` is more than `toStrictEqual` understands. */
function expectSame(read: unknown, written: unknown): void {
  if (!isDeepStrictEqual(read, written)) expect(read).toStrictEqual(written);
  expect(isDeepStrictEqual(read, written)).toBe(true);
}

describe('a packed document', () => {
  it('is read as it was written, whole and each field for itself, whatever stands before and behind it', () => {
    const format = createDocumentFormat();
    fc.assert(
      fc.property(document, fc.nat(9), (written, before) => {
        const bytes = Buffer.concat([Buffer.alloc(before, 255), format.write(written), Buffer.alloc(9, 255)]);
        const read = format.read(bytes, before);
        expectSame(read, written);
        expectSame(Object.entries(read.fields.attributes ?? {}), Object.entries(written.fields.attributes ?? {}));
        const record = { bytes: NO_BYTES, at: 0, shape: NO_SHAPE };
        format.open(record, bytes, before);
        const { title, categories, brand, price, available, attributes: all } = written.fields;
        const parts = [format.seq(record), format.index(record), format.title(record), format.categories(record), format.brand(record), format.price(record), format.available(record), format.attributes(record)];
        expectSame(parts, [written.seq, written.index, title, categories, brand, price, available, all]);
        for (const [name, value] of Object.entries(all ?? {})) expectSame(format.attribute(record, name), value);
        expect(format.attribute(record, 'there is no such attribute')).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  it('may have a very long description', () => {
    const format = createDocumentFormat();
    const written: PackedFields = { seq: 1, index: 0, filled: [], fields: { title: 't', description: '€ and 陶 and \ud800 '.repeat(20_000), url: 'u' } };
    expectSame(format.read(Buffer.from(format.write(written)), 0), written);
  });

  it('is read as it was written when nothing more is shared: more texts, lists and shapes than dictionaries take', () => {
    const format = createDocumentFormat();
    const of = (n: number): PackedFields => ({ seq: n, index: 0, filled: [`f${n % (2 * SHAPES.most)}`], fields: { brand: `brand ${n}`, categories: [`list ${n}`], attributes: { [`name ${n % 10}`]: `value ${n}` } } });
    const records = [0, SHAPES.most + 1, SHARED_TEXTS.most + 1].map((n) => [n, Buffer.from(format.write(of(n)))] as const);
    for (let n = 0; n <= Math.max(SHARED_TEXTS.most, SHARED_LISTS.most); n++) format.write(of(n));
    const later = Buffer.from(format.write(of(1_000_000)));
    for (const [n, bytes] of records) expectSame(format.read(bytes, 0), of(n));
    expectSame(format.read(later, 0), of(1_000_000));
  });

  it('takes a few bytes for what many documents have', () => {
    const format = createDocumentFormat();
    const written: PackedFields = { seq: 1_000, index: 7, filled: [], fields: { title: 'Mug', brand: 'Alder', categories: ['Home', 'Kitchen', 'Mugs'], price: 19.99, available: true, attributes: { colour: 'red', weight: 300, sale: false } } };
    expect(format.write(written).length).toBeLessThan(20);
  });
});
