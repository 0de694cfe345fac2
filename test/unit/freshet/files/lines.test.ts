import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, MAX_LINE_BYTES, readLines } from 'freshet/files/lines';

async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  await Promise.resolve();
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = Math.max(1, sizes[n % sizes.length] ?? bytes.length);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function linesOf(content: string | Buffer, { sizes = [], end = '\n' }: { sizes?: readonly number[]; end?: '\n' | '\r' } = {}): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const batch of readLines(chunksOf(Buffer.from(content as string), sizes.length === 0 ? [1 << 30] : sizes), end)) lines.push(...batch);
  return lines;
}

const text = (line: Line): string => line.text;

describe('readLines', () => {
  it('gives the same lines however the bytes are cut', async () => {
    const lines = fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replace(/[\r\n\0\uFEFF]/g, '')), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(lines, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), fc.constantFrom('\n', '\r\n'), async (wanted, sizes, end) => {
        const read = await linesOf(wanted.join(end) + end, { sizes });
        expect(read.map(text)).toEqual(wanted);
        expect(read.map((line) => line.line)).toEqual(wanted.map((_, index) => index + 1));
        expect(read.every((line) => line.ended && line.problem === undefined)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('leaves out a byte order mark, and says that nothing ended the last line', async () => {
    const lines = await linesOf('\uFEFFa\nb');
    expect(lines).toEqual([
      { line: 1, text: 'a', ended: true, problem: undefined },
      { line: 2, text: 'b', ended: false, problem: undefined },
    ]);
  });

  it('reads lines that end with a carriage return alone', async () => {
    expect((await linesOf('a\rb\r', { end: '\r' })).map(text)).toEqual(['a', 'b']);
  });

  it('marks a line that is not UTF-8, and no other', async () => {
    const content = Buffer.concat([Buffer.from('café\n'), Buffer.from('café', 'latin1'), Buffer.from('\nnaïve\n')]);
    const lines = await linesOf(content);
    expect(lines.map(({ text: body, problem }) => [body, problem])).toEqual([['café', undefined], ['caf\uFFFD', 'invalid_utf8'], ['naïve', undefined]]);
  });

  it('marks a line with a NUL, and no other', async () => {
    expect((await linesOf('a\nb\0\nc\n')).map((line) => line.problem)).toEqual([undefined, 'nul_byte', undefined]);
  });

  it.each([1_000, 65_536, 4 << 20])('marks a line beyond the limit and goes on behind it, in pieces of %i bytes', async (size) => {
    const content = `a\n${'x'.repeat(2.5 * MAX_LINE_BYTES)}\nb\n${'ü'.repeat(0.6 * MAX_LINE_BYTES)}\nc\n`;
    const lines = await linesOf(content, { sizes: [size] });
    expect(lines.map((line) => line.problem)).toEqual([undefined, 'too_long', undefined, 'too_long', undefined]);
    expect(lines.map(text).filter((body) => body.length === 1)).toEqual(['a', 'b', 'c']);
  });

  it('takes a line of exactly the limit', async () => {
    const [line] = await linesOf(`${'x'.repeat(MAX_LINE_BYTES)}\n`);
    expect(line?.problem).toBeUndefined();
  });

  it('keeps no more than a line of a file that has no line end at all', async () => {
    const piece = Buffer.alloc(1 << 20, 'x');
    async function* endless(): AsyncGenerator<Buffer> {
      for (let n = 0; n < 300; n++) yield await Promise.resolve(piece.subarray());
    }
    const before = process.memoryUsage().arrayBuffers;
    const lines: Line[] = [];
    for await (const batch of readLines(endless(), '\n')) lines.push(...batch);
    expect(lines.map((line) => line.problem)).toEqual(['too_long']);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
  });
});
