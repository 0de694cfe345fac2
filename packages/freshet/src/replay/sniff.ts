/**
 * What a file is, told from its first bytes and never from its name.
 *
 * In: the path. Out: plain or gz, NDJSON or delimited, and then the delimiter and whether quotes mean anything.
 * 1. A file that can't be read as a table is a `UsageError` whose sentence says what it is and what to do.
 */
import { open, stat } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import { toError, UsageError } from '@freshet/shared/errors';

export interface Sniffed {
  readonly gzip: boolean;
  readonly format: 'ndjson' | 'delimited';
  /** The decoded beginning, without a byte order mark. */
  readonly sample: string;
  /** The first line that isn't empty. */
  readonly firstLine: string;
  /** For delimited files. */
  readonly delimiter: string;
  readonly quotes: boolean;
}

const SAMPLE_BYTES = 65_536;

export async function sniff(path: string): Promise<Sniffed> {
  const head = await readHead(path);
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  const bytes = gzip ? gunzipHead(head, path) : head;
  refuseBinary(bytes, path);
  const sample = new TextDecoder('utf-8').decode(bytes); // drops a byte order mark
  const lines = sample.split(/\r?\n|\r/).filter((line) => line.trim() !== '');
  const firstLine = lines[0];
  if (firstLine === undefined) throw new UsageError('file_empty', `${path} is empty: nothing to read.`);
  if (firstLine.trimStart().startsWith('[')) {
    throw new UsageError('file_format', `${path} is a JSON array; write one JSON object a line (NDJSON): jq -c '.[]' ${path}`);
  }
  const format = firstLine.trimStart().startsWith('{') ? 'ndjson' : 'delimited';
  const delimiter = format === 'ndjson' ? '' : findDelimiter(firstLine, lines[1]);
  // Tab-separated files mostly use no quoting, so a lone inch mark must not swallow what follows it.
  const quotes = delimiter === '\t' ? firstLine.includes('"') : true;
  return { gzip, format, sample, firstLine, delimiter, quotes };
}

async function readHead(path: string): Promise<Buffer> {
  try {
    if ((await stat(path)).isDirectory()) {
      throw new UsageError('file_is_directory', `${path} is a directory; name a file, or use a preset that reads directories.`);
    }
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } catch (thrown) {
    const error = toError(thrown);
    if (error instanceof UsageError) throw error;
    const missing = 'code' in error && error.code === 'ENOENT';
    const sentence = missing ? `There is no file ${path}.` : `${path} can't be read: ${error.message}`;
    throw new UsageError(missing ? 'file_missing' : 'file_unreadable', sentence, { cause: thrown });
  }
}

function gunzipHead(head: Buffer, path: string): Buffer {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }); // the head is cut off on purpose
  } catch (thrown) {
    throw new UsageError('file_format', `${path} looks gzipped but can't be unpacked: ${toError(thrown).message}`, { cause: thrown });
  }
}

function refuseBinary(bytes: Buffer, path: string): void {
  const kind = bytes.subarray(0, 2).toString('latin1') === 'PK' ? 'a zip archive' : bytes.includes(0) ? 'binary or UTF-16' : undefined;
  if (kind !== undefined) throw new UsageError('file_format', `${path} is ${kind}; give CSV, TSV or NDJSON in UTF-8, plain or gzipped.`);
}

/** Space last: it also stands inside fields. `::` is MovieLens's. */
const DELIMITERS: readonly string[] = ['\t', '::', ';', '|', ','];

/** The delimiter that cuts the first line into most parts, the second line agreeing; a single column has `,`. */
function findDelimiter(first: string, second: string | undefined): string {
  let best = { delimiter: ',', score: 1 };
  for (const delimiter of DELIMITERS) {
    const parts = countParts(first, delimiter);
    const agrees = second === undefined || countParts(second, delimiter) === parts;
    const score = parts + (agrees && parts > 1 ? 0.5 : 0);
    if (score > best.score) best = { delimiter, score };
  }
  if (best.score === 1 && countParts(first, ' ') > 1) return ' ';
  return best.delimiter;
}

function countParts(line: string, delimiter: string): number {
  return line.replace(/"[^"]*"/g, '').split(delimiter).length;
}
