import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REQUEST_BYTES } from '@freshet/ingest/config';
import type { LeftOut } from 'freshet/files/raw-event';
import { type Batch, type Entry, makeBatches } from 'freshet/import/batches';
import { BEGINNING, type Position } from 'freshet/import/position';

type Row = Entry | LeftOut;

interface Shape {
  /** Characters of the row's body; 0: it is left out. */
  readonly size: number;
  readonly parts: number;
}

function rowsOf(shapes: readonly Shape[]): Row[] {
  return shapes.flatMap(({ size, parts }, index) =>
    Array.from({ length: parts }, (_, part): Row => {
      const at = { line: index + 2, part: part + 1, text: `${size}` };
      return size === 0 ? { ...at, code: 'no_user', reason: 'no user', byRule: false } : at;
    }),
  );
}

async function* inPieces(rows: readonly Row[], size: number): AsyncGenerator<readonly Row[]> {
  for (let at = 0; at < rows.length; at += size) yield await Promise.resolve(rows.slice(at, at + size));
}

async function batchesOf(rows: readonly Row[], { from = BEGINNING, piece = 100, strict = false }: { from?: Position; piece?: number; strict?: boolean } = {}): Promise<Batch[]> {
  const batches: Batch[] = [];
  const encode = (row: Entry) => ({ body: 'x'.repeat(Number(row.text)), notes: [] });
  for await (const batch of makeBatches(inPieces(rows, piece), { encode, from, strict })) batches.push(batch);
  return batches;
}

const shapes = fc.array(fc.record({ size: fc.oneof({ arbitrary: fc.constantFrom(0, 1, 90), weight: 20 }, { arbitrary: fc.constantFrom(500_000, 900_000), weight: 1 }), parts: fc.integer({ min: 1, max: 40 }) }), { maxLength: 150 });

describe('makeBatches', () => {
  it('puts every row into one batch, in order, within the limits of a request', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.integer({ min: 1, max: 700 }), async (given, piece) => {
        const rows = rowsOf(given);
        const batches = await batchesOf(rows, { piece });
        const sent = batches.flatMap(({ entries }) => entries);
        const leftOut = batches.flatMap((batch) => batch.leftOut);
        expect(sent.map(({ line, part }) => [line, part])).toEqual(rows.filter((row) => !('reason' in row)).map(({ line, part }) => [line, part]));
        expect(leftOut).toEqual(rows.filter((row) => 'reason' in row));
        for (const { bodies } of batches) {
          expect(bodies.length).toBeLessThanOrEqual(1_000);
          expect(`[${bodies.join(',')}]`.length).toBeLessThanOrEqual(REQUEST_BYTES);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('makes the same batches again from the end of any of them', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), fc.integer({ min: 1, max: 700 }), async (given, choice, piece) => {
        const rows = rowsOf(given);
        const whole = await batchesOf(rows);
        if (whole.length === 0) return;
        const done = choice % whole.length;
        expect(await batchesOf(rows, { from: whole[done]?.end ?? BEGINNING, piece })).toEqual(whole.slice(done + 1));
      }),
      { numRuns: 60 },
    );
  });

  it('leaves a row out that no request could hold', async () => {
    const batches = await batchesOf(rowsOf([{ size: 10, parts: 1 }, { size: REQUEST_BYTES, parts: 1 }, { size: 10, parts: 1 }]));
    expect(batches).toHaveLength(1);
    expect(batches[0]).toMatchObject({ entries: [{ line: 2 }, { line: 4 }], leftOut: [{ line: 3, code: 'too_large' }] });
  });

  it('ends a strict import with the first row that can’t be read', async () => {
    const batches = await batchesOf(rowsOf([{ size: 10, parts: 3 }, { size: 0, parts: 1 }, { size: 10, parts: 5_000 }]), { strict: true });
    expect(batches).toHaveLength(1);
    expect(batches[0]).toMatchObject({ end: { line: 3, part: 1 } });
    expect(batches[0]?.entries).toHaveLength(3);
  });
});
