import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDelimited } from 'freshet/files/delimited';
import { MAX_LINE_BYTES, readLines } from 'freshet/files/lines';

interface Options {
  readonly width?: number;
  readonly delimiter?: string;
  readonly pieceBytes?: number;
}

async function* pieces(content: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content);
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Cells of good records, codes of bad ones; each with the line it is named by. */
async function parse(content: string, { width, delimiter = ',', pieceBytes = 1 << 20 }: Options = {}): Promise<[line: number, result: readonly string[] | string][]> {
  const records: [number, readonly string[] | string][] = [];
  for await (const batch of readDelimited(readLines(pieces(content, pieceBytes), '\n'), { delimiter, quotes: true, width })) {
    for (const record of batch) records.push([record.line, record.problem ?? record.cells]);
  }
  return records;
}

const quote = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

describe('readDelimited', () => {
  it('reads what RFC 4180 writes, whatever the cells hold and however the bytes are cut', async () => {
    const cell = fc.stringMatching(/^[ab,;"\n é]{0,6}$/);
    const rows = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 20 }), async (wanted, pieceBytes) => {
        const content = wanted.map((cells) => cells.map((one) => (/[,"\n]/.test(one) ? quote(one) : one)).join(',')).join('\n');
        const read = await parse(`${content}\n`, { width: 3, pieceBytes });
        expect(read.map(([, cells]) => cells)).toEqual(wanted);
      }),
      { numRuns: 300 },
    );
  });

  it('names a record that spans lines by its first', async () => {
    expect(await parse('a,"b\nc"\nd,e\n')).toEqual([[1, ['a', 'b\nc']], [3, ['d', 'e']]]);
  });

  it('lets a quote that never closes cost its own line only', async () => {
    expect(await parse('1,"a\n2,b\n3,c\n', { width: 2 })).toEqual([[1, 'unclosed_quote'], [2, ['2', 'b']], [3, ['3', 'c']]]);
  });

  it('does so too when a later quotation seems to close it', async () => {
    expect(await parse('1,"a\n2,b\n3,"c"\n4,d\n', { width: 2 })).toEqual([[1, 'unclosed_quote'], [2, ['2', 'b']], [3, ['3', 'c']], [4, ['4', 'd']]]);
  });

  it('gives a quotation up at the limit of a line, and loses nothing behind it', async () => {
    const rows = Array.from({ length: 80_000 }, (_, n) => `${n},${'x'.repeat(20)}`);
    const read = await parse(`0,"open\n${rows.join('\n')}\n`, { width: 2, pieceBytes: 65_536 });
    expect(rows.join('\n').length).toBeGreaterThan(MAX_LINE_BYTES);
    expect(read).toHaveLength(rows.length + 1);
    expect(read.filter(([, result]) => typeof result === 'string')).toEqual([[1, 'unclosed_quote']]);
  });

  it.each([
    ['an inch mark', '1,15" monitor', ['1', '15" monitor']],
    ['a name in quotes and more behind it', '1,"Big" mug', ['1', '"Big" mug']],
    ['a quote at the end', '1,mug"', ['1', 'mug"']],
  ])('takes %s for text', async (_, line, cells) => {
    expect(await parse(`${line}\n`, { width: 2 })).toEqual([[1, cells]]);
  });

  it('refuses a record with another number of cells, but not for empty ones at its end', async () => {
    expect(await parse('1,2\n1\n1,2,3\n1,2,,\n1,2\n', { width: 2 })).toEqual([[1, ['1', '2']], [2, 'wrong_columns'], [3, 'wrong_columns'], [4, ['1', '2', '', '']], [5, ['1', '2']]]);
  });

  it.each([['a cell is missing', '1,2\n3'], ['a quotation is open', '1,2\n3,"4']])('says that the last line is cut off when %s and no line end follows', async (_, content) => {
    expect(await parse(content, { width: 2 })).toEqual([[1, ['1', '2']], [2, 'half_written']]);
  });

  it('passes blank lines, which are records where tabs delimit', async () => {
    expect(await parse('1,2\n\n   \n3,4\n', { width: 2 })).toEqual([[1, ['1', '2']], [4, ['3', '4']]]);
    expect(await parse('1\t2\n\t\n', { width: 2, delimiter: '\t' })).toEqual([[1, ['1', '2']], [2, ['', '']]]);
  });

  it('passes on what the lines themselves were refused for, inside a quotation, too', async () => {
    expect(await parse('1,\0\n2,3\n4,"a\nb\0"\n5,6\n', { width: 2 })).toEqual([[1, 'nul_byte'], [2, ['2', '3']], [3, 'unclosed_quote'], [4, 'nul_byte'], [5, ['5', '6']]]);
  });
});
