/** A stored document says where it was changed last without being decoded. */
import { decodeDocument, documentPlace, encodeDocument } from '@freshet/shared/codec/state';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const documents = fc.record({
  id: fc.string({ unit: 'binary' }),
  fields: fc.record({ title: fc.constantFrom('mug', '"seq":1,"index":2}]', '\ud800', 'é'), attributes: fc.dictionary(fc.constantFrom('seq', 'index', 'colour'), fc.oneof(fc.nat(), fc.string())) }, { requiredKeys: [] }),
  filled: fc.array(fc.string()),
  deleted: fc.boolean(),
  seq: fc.maxSafeNat(),
  index: fc.nat(),
});

it('its place is the one that it is decoded with, whatever its texts are', () => {
  fc.assert(
    fc.property(documents, (document) => {
      const bytes = encodeDocument(document);
      const { seq, index } = decodeDocument(bytes);
      expect(documentPlace(bytes)).toMatchObject({ seq, index });
      expect([seq, index]).toEqual([document.seq, document.index]);
    }),
  );
});

it('one that was written with its fields in another order is decoded', () => {
  const bytes = Buffer.from(JSON.stringify([1, { seq: 7, index: 3, id: 'mug', fields: { attributes: { seq: 1, index: 2 } }, filled: [], deleted: false }]));
  expect(documentPlace(bytes)).toMatchObject({ seq: 7, index: 3 });
});
