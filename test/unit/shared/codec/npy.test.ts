import { decodeNpy, encodeNpy, floatsOf, wordsOf } from '@freshet/shared/codec/npy';
import { expect, test } from 'vitest';

test('a matrix read back is what was written', () => {
  const values = Float32Array.of(1.5, -2, 3e-20, 4, 5, 6);
  const npy = decodeNpy(encodeNpy(values, [3, 2]));
  expect(npy).toMatchObject({ type: '<f4', shape: [3, 2] });
  expect(floatsOf(npy)).toEqual(values);
  const words = Uint32Array.of(0, 4_294_967_295);
  expect(wordsOf(decodeNpy(encodeNpy(words, [2])))).toEqual(words);
});

test('the bytes are those that numpy.save writes', () => {
  // python3 -c "import numpy,sys; numpy.save(sys.stdout.buffer, numpy.array([[1,2]],dtype='<f4'))" | base64
  const numpys = Buffer.from('k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAAQA==', 'base64');
  expect(encodeNpy(Float32Array.of(1, 2), [1, 2]).equals(numpys)).toBe(true);
});

test('doubles and integers are read as floats', () => {
  const header = (type: string): Buffer => Buffer.from(encodeNpy(new Float32Array(4), [2]).subarray(0, 128).toString('latin1').replace('<f4', type), 'latin1');
  const doubles = Buffer.alloc(16);
  doubles.writeDoubleLE(0.5, 0);
  doubles.writeDoubleLE(-3, 8);
  expect([...floatsOf(decodeNpy(Buffer.concat([header('<f8'), doubles])))]).toEqual([0.5, -3]);
  const longs = Buffer.alloc(16);
  longs.writeBigInt64LE(-7n, 0);
  expect([...floatsOf(decodeNpy(Buffer.concat([header('<i8'), longs])))]).toEqual([-7, 0]);
});

test.each<[why: string, file: Buffer, message: RegExp]>([
  ['another kind of file', Buffer.from('id,1,2,3 and more'), /no \.npy file/],
  ['a cut file', encodeNpy(Float32Array.of(1, 2), [2]).subarray(0, 132), /needs 8 bytes, and there are 4/],
  ['a cut header', encodeNpy(Float32Array.of(1, 2), [2]).subarray(0, 40), /header is cut off/],
  ['halves', Buffer.from(encodeNpy(Float32Array.of(1), [1]).toString('latin1').replace('<f4', '<f2'), 'latin1'), /of type <f2/],
  ['Fortran order', Buffer.from(encodeNpy(Float32Array.of(1), [1]).toString('latin1').replace('False', 'True '), 'latin1'), /Fortran order/],
])('%s is refused with a sentence', (_why, file, message) => {
  expect(() => decodeNpy(file)).toThrow(message);
});
