import { parseCopy } from '@freshet/shared/adapters/postgres/copy-binary';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const field = fc.option(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)));
const rows = fc.array(fc.array(field, { maxLength: 5 }), { maxLength: 10 });

function encode(table: readonly (readonly (Buffer | null)[])[]): Buffer {
  const parts: Buffer[] = [HEADER];
  const int = (value: number, bytes: 2 | 4): Buffer => {
    const buffer = Buffer.alloc(bytes);
    buffer.writeIntBE(value, 0, bytes);
    return buffer;
  };
  for (const row of table) {
    parts.push(int(row.length, 2));
    for (const value of row) parts.push(int(value?.length ?? -1, 4), value ?? Buffer.alloc(0));
  }
  return Buffer.concat([...parts, int(-1, 2)]);
}

test('what is encoded is read back', () => {
  fc.assert(fc.property(rows, (table) => {
    expect(parseCopy(encode(table))).toEqual(table);
  }));
});

test('data cut short anywhere is refused', () => {
  fc.assert(fc.property(rows, fc.nat(), (table, at) => {
    const data = encode(table);
    expect(() => parseCopy(data.subarray(0, at % data.length))).toThrow(expect.objectContaining({ name: 'CorruptionError' }));
  }));
});

test('data that does not begin like COPY is refused', () => {
  expect(() => parseCopy(Buffer.alloc(100))).toThrow('something else');
});
