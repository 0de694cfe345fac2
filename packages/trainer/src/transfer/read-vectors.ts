/**
 * Pretrained vectors by item id: a CSV file (`id,x1,x2,…`, a header line or none, ids quoted where they hold a comma) or an NPY matrix
 * with the ids beside it (`vectors.npy` and `vectors.ids`, one id a line, in the matrix's order).
 *
 * 1. Every vector has the same number of components, all finite and not all zero; ids are unique. What isn't so is a `UsageError`
 *    that names the file and the line.
 * 2. At most MAX_VECTORS: they are held in memory.
 */
import { readFile } from 'node:fs/promises';
import { decodeNpy, floatsOf } from '@freshet/shared/codec/npy';
import { cleanText } from '@freshet/shared/domain/text';
import { toError, UsageError } from '@freshet/shared/errors';

export interface Vectors {
  readonly ids: readonly string[];
  readonly dim: number;
  /** ids.length · dim floats. */
  readonly values: Float32Array;
}

const MAX_VECTORS = 4_000_000;

export async function readVectors(file: string): Promise<Vectors> {
  const vectors = file.endsWith('.npy') ? await readMatrix(file) : parseCsv((await read(file)).toString('utf8'), file);
  check(vectors, file);
  return vectors;
}

async function readMatrix(file: string): Promise<Vectors> {
  const idsFile = `${file.slice(0, -'.npy'.length)}.ids`;
  const content = await read(file);
  const ids = (await read(idsFile)).toString('utf8').split(/\r?\n/);
  if (ids.at(-1) === '') ids.pop();
  const { shape, values } = matrixOf(content, file);
  if (shape.length !== 2) throw new UsageError('vector_file', `${file} has ${shape.length} dimensions: a matrix with a row for each item is needed`);
  const [rows = 0, dim = 0] = shape;
  if (rows !== ids.length) throw new UsageError('vector_file', `${file} has ${rows} rows and ${idsFile} has ${ids.length} ids`);
  return { ids: ids.map(cleanText), dim, values };
}

function matrixOf(content: Buffer, file: string): { shape: readonly number[]; values: Float32Array } {
  try {
    const npy = decodeNpy(content);
    return { shape: npy.shape, values: floatsOf(npy) };
  } catch (cause) {
    throw new UsageError('vector_file', `${file} can't be used: ${toError(cause).message}`, { cause });
  }
}

async function read(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    throw new UsageError('vector_file', `${file} can't be read: ${toError(cause).message}`, { cause });
  });
}

function parseCsv(text: string, file: string): Vectors {
  const ids: string[] = [];
  const numbers: number[] = [];
  let dim: number | undefined;
  for (const [index, line] of text.replace(/^\uFEFF/, '').split(/\r?\n/).entries()) {
    if (line === '') continue;
    const { id, rest } = splitLine(line, `${file}, line ${index + 1}`);
    const cells = rest.split(',');
    const parsed = cells.map((cell) => (cell.trim() === '' ? Number.NaN : Number(cell)));
    // A header names its columns.
    if (dim === undefined && ids.length === 0 && parsed.every(Number.isNaN)) continue;
    dim ??= parsed.length;
    if (parsed.length !== dim) throw new UsageError('vector_file', `${file}, line ${index + 1}: ${parsed.length} components, and ${dim} in the lines before`);
    const bad = parsed.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new UsageError('vector_file', `${file}, line ${index + 1}: component ${bad + 1} is ${JSON.stringify(cells[bad])}, no number`);
    ids.push(cleanText(id));
    for (const value of parsed) numbers.push(value);
  }
  return { ids, dim: dim ?? 0, values: Float32Array.from(numbers) };
}

function splitLine(line: string, where: string): { id: string; rest: string } {
  const quoted = /^"((?:[^"]|"")*)",/.exec(line);
  if (quoted !== null) return { id: (quoted[1] ?? '').replaceAll('""', '"'), rest: line.slice(quoted[0].length) };
  const comma = line.indexOf(',');
  if (comma < 0 || line.startsWith('"')) throw new UsageError('vector_file', `${where}: not an id, a comma and numbers with commas between`);
  return { id: line.slice(0, comma), rest: line.slice(comma + 1) };
}

function check({ ids, dim, values }: Vectors, file: string): void {
  if (ids.length === 0 || dim === 0) throw new UsageError('vector_file', `${file} holds no vector`);
  if (ids.length > MAX_VECTORS) throw new UsageError('vector_file', `${file} holds ${ids.length} vectors; ${MAX_VECTORS} are taken`);
  const known = new Set<string>();
  for (const [place, id] of ids.entries()) {
    if (id === '') throw new UsageError('vector_file', `${file}: vector ${place + 1} has no id`);
    if (known.has(id)) throw new UsageError('vector_file', `${file}: the id ${JSON.stringify(id)} stands there twice`);
    known.add(id);
    const row = values.subarray(place * dim, (place + 1) * dim);
    if (!row.every(Number.isFinite)) throw new UsageError('vector_file', `${file}: the vector of ${JSON.stringify(id)} holds a number that isn't finite`);
    if (row.every((value) => value === 0)) throw new UsageError('vector_file', `${file}: the vector of ${JSON.stringify(id)} is all zeros: it has no direction`);
  }
}
