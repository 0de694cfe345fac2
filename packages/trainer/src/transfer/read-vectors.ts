/**
 * Pretrained vectors by item id: a CSV file (`id,x1,x2,…`, any cell in quotes or none) or an NPY matrix with the ids beside it
 * (`vectors.npy` and `vectors.ids`, one id a line, in the matrix's order).
 *
 * 1. What is no vector (vector-set.ts), or no line of a CSV file, is a `UsageError` that names the file and the line.
 * 2. A CSV file is read by lines, and may be of any size; a matrix of 2 GB at most.
 * 3. The first line of a CSV file is a header if the first column is called as ids are (ID_COLUMN) and the others are no numbers, or
 *    count up from 0 or 1, as data frames do it. A first line that may be one or the other is refused: no line is left out unsaid.
 */
import { readFile } from 'node:fs/promises';
import { decodeNpy, floatsOf } from '@freshet/shared/codec/npy';
import { toError, UsageError } from '@freshet/shared/errors';
import { linesOf } from './lines.js';
import { createVectorSet, type Vectors } from './vector-set.js';

/** A column's names that say it holds ids, after trimming: no name, id, item_id, productId, SKU … */
const ID_COLUMN = /^$|(?:^|[ _.-])[iI][dD]$|[a-z](?:Id|ID)$|^(?:itemid|item|product|productid|article|articleid|sku|asin|key|index|name)$/;
/** A vector of two components may well be 0,1. */
const SURELY_COUNTS = 3;
/** A cell in quotes, or without; and the comma behind it, if there is one. */
const CELL = /(?:"([^"]*(?:""[^"]*)*)"|([^",][^,]*|))(?:,|$)/y;

export async function readVectors(file: string): Promise<Vectors> {
  const vectors = file.endsWith('.npy') ? await readMatrix(file) : await readCsv(file);
  if (vectors.ids.length === 0 || vectors.dim === 0) throw new UsageError('vector_file', `${file} holds no vector`);
  return vectors;
}

async function readMatrix(file: string): Promise<Vectors> {
  const idsFile = `${file.slice(0, -'.npy'.length)}.ids`;
  const { shape, values } = await matrixOf(file);
  const ids: string[] = [];
  for await (const lines of linesOf(idsFile)) for (const id of lines) ids.push(id);
  if (shape.length !== 2) throw new UsageError('vector_file', `${file} has ${shape.length} dimensions: a matrix with a row for each item is needed`);
  const [rows = 0, dim = 0] = shape;
  if (rows !== ids.length) throw new UsageError('vector_file', `${file} has ${rows} rows and ${idsFile} has ${ids.length} ids`);
  const set = createVectorSet();
  for (const [row, id] of ids.entries()) set.add(id, values.subarray(row * dim, (row + 1) * dim), `${file}, row ${row + 1}`);
  return set.vectors();
}

async function matrixOf(file: string): Promise<{ shape: readonly number[]; values: Float32Array }> {
  const content = await readFile(file).catch((cause: unknown) => {
    throw new UsageError('vector_file', `${file} can't be read: ${toError(cause).message}`, { cause });
  });
  try {
    const npy = decodeNpy(content);
    return { shape: npy.shape, values: floatsOf(npy) };
  } catch (cause) {
    throw new UsageError('vector_file', `${file} can't be used: ${toError(cause).message}`, { cause });
  }
}

async function readCsv(file: string): Promise<Vectors> {
  const set = createVectorSet();
  let number = 0;
  let isFirst = true;
  for await (const lines of linesOf(file)) {
    for (const line of lines) {
      number++;
      if (line === '') continue;
      const where = `${file}, line ${number}`;
      const [id, ...cells] = cellsOf(line) ?? [];
      if (id === undefined || cells.length === 0) throw new UsageError('vector_file', `${where}: not an id, a comma and numbers with commas between`);
      if (!isFirst || !isHeader(id, cells, where)) set.add(id, numbersOf(cells, where), where);
      isFirst = false;
    }
  }
  return set.vectors();
}

/** Undefined where a quote is open, or something follows a closing one. */
function cellsOf(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  CELL.lastIndex = 0;
  for (;;) {
    const found = CELL.exec(line);
    if (found === null) return undefined;
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (!found[0].endsWith(',')) return cells;
  }
}

function numberOf(cell: string): number {
  return cell.trim() === '' ? Number.NaN : Number(cell);
}

function numbersOf(cells: readonly string[], where: string): Float64Array {
  const numbers = Float64Array.from(cells, numberOf);
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new UsageError('vector_file', `${where}: component ${bad + 1} is ${JSON.stringify(cells[bad])}, no number`);
  const large = numbers.findIndex((value) => !Number.isFinite(Math.fround(value)));
  if (large >= 0) throw new UsageError('vector_file', `${where}: component ${large + 1} is ${JSON.stringify(cells[large])}, larger than a float`);
  return numbers;
}

function isHeader(id: string, cells: readonly string[], where: string): boolean {
  const named = cells.every((cell) => Number.isNaN(numberOf(cell)));
  const countsFrom = [0, 1].find((first) => cells.every((cell, i) => cell.trim() === String(first + i)));
  if (!named && countsFrom === undefined) return false;
  if (ID_COLUMN.test(id.trim()) || ID_COLUMN.test(id.trim().toLowerCase())) return true;
  if (named) throw new UsageError('vector_file', `${where}: no component is a number, and it is no header either: the first column of one is called item_id, id, item, product_id, sku or the like`);
  if (countsFrom === 0 && cells.length >= SURELY_COUNTS) {
    throw new UsageError('vector_file', `${where}: a header that counts its columns, or a vector 0, 1, 2 …? Call the first column item_id if it is a header, write 0.0 instead of 0 if it isn't`);
  }
  return false;
}
