/**
 * What a file is, told from its first bytes and never from its name.
 *
 * In: the first bytes. Out: plain or gz, NDJSON or delimited, and then the delimiter and whether quotes mean anything.
 * 1. A file that can't be read as a table is a `UsageError` whose sentence says what it is and what to do.
 */
import { constants, gunzipSync } from 'node:zlib';
import { toError, UsageError } from '@freshet/shared/errors';
import { type LineEnd, MAX_LINE_BYTES } from './lines.js';

export interface Sniffed {
  readonly gzip: boolean;
  readonly format: 'ndjson' | 'delimited';
  /** The first line that isn't empty, without a byte order mark. */
  readonly firstLine: string;
  /** The next one that isn't empty, if there is one. */
  readonly secondLine: string | undefined;
  readonly lineEnd: LineEnd;
  /** For delimited files. */
  readonly delimiter: string;
  readonly quotes: boolean;
}

export interface Head {
  /** For messages. */
  readonly name: string;
  readonly head: Buffer;
}

export function sniff({ name, head }: Head): Sniffed {
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  const bytes = gzip ? gunzipHead(head, name) : head;
  refuseBinary(bytes, name);
  const sample = new TextDecoder('utf-8').decode(bytes); // drops a byte order mark
  const lines = sample.split(/\r?\n|\r/).filter((line) => line.trim() !== '');
  const firstLine = lines[0];
  if (firstLine === undefined) throw new UsageError('file_empty', `${name} is empty: nothing to read.`);
  if (firstLine.trimStart().startsWith('[')) {
    throw new UsageError('file_format', `${name} is a JSON array; write one JSON object a line (NDJSON): jq -c '.[]' ${name}`);
  }
  const lineEnd = !sample.includes('\n') && sample.includes('\r') ? '\r' : '\n';
  const format = firstLine.trimStart().startsWith('{') ? 'ndjson' : 'delimited';
  const delimiter = format === 'ndjson' ? '' : findDelimiter(firstLine, lines[1]);
  // Tab-separated files mostly use no quoting, so a lone inch mark must not swallow what follows it.
  const quotes = delimiter === '\t' ? firstLine.includes('"') : true;
  return { gzip, format, firstLine, secondLine: lines[1], lineEnd, delimiter, quotes };
}

/** A thousand times as much comes out at most. */
const PACKED_BYTES = 65_536;

function gunzipHead(head: Buffer, name: string): Buffer {
  try {
    // The head is cut off on purpose; of what it holds, a line or two are enough.
    return gunzipSync(head.subarray(0, PACKED_BYTES), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, 2 * MAX_LINE_BYTES);
  } catch (thrown) {
    throw new UsageError('file_format', `${name} looks gzipped but can't be unpacked: ${toError(thrown).message}`, { cause: thrown });
  }
}

function refuseBinary(bytes: Buffer, name: string): void {
  const encoding = wideEncoding(bytes);
  if (encoding !== undefined) throw new UsageError('file_encoding', `${name} is ${encoding}; Freshet reads UTF-8: iconv -f ${encoding} -t UTF-8 ${name} > utf-8.csv`);
  const kind = KINDS.find(([magic]) => bytes.subarray(0, magic.length).toString('latin1') === magic)?.[1] ?? (isBinary(bytes) ? 'binary' : undefined);
  if (kind !== undefined) throw new UsageError('file_format', `${name} is ${kind}; give CSV, TSV or NDJSON in UTF-8, plain or gzipped.`);
}

const KINDS: readonly (readonly [magic: string, kind: string])[] = [
  ['PK\u0003\u0004', 'a zip archive (an Excel workbook is one, too)'],
  ['\u00D0\u00CF\u0011\u00E0', 'an old Excel workbook'],
  ['BZh', 'packed with bzip2'],
  ['\u00FD7zXZ', 'packed with xz'],
  ['(\u00B5/\u00FD', 'packed with zstd'],
  ['PAR1', 'a Parquet file'],
];

/** UTF-16 and UTF-32 by their byte order mark, or by the zeros that stand beside every Latin letter. */
function wideEncoding(bytes: Buffer): string | undefined {
  const mark = bytes.subarray(0, 4).toString('hex');
  if (mark === 'fffe0000' || mark === '0000feff') return 'UTF-32';
  if (mark.startsWith('fffe')) return 'UTF-16LE';
  if (mark.startsWith('feff')) return 'UTF-16BE';
  const zeros = [0, 0];
  const looked = Math.min(bytes.length, 1_000) & ~1;
  for (let at = 0; at < looked; at++) if (bytes[at] === 0) zeros[at & 1] = (zeros[at & 1] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (looked < 4 || even + odd < looked / 4) return undefined;
  if (even === 0) return 'UTF-16LE';
  return odd === 0 ? 'UTF-16BE' : undefined;
}

/** A NUL in the first line, or in one byte of a hundred: no text. A stray one costs its own line only (lines.ts). */
function isBinary(bytes: Buffer): boolean {
  const firstLine = bytes.subarray(0, Math.max(bytes.indexOf('\n'), 0) || bytes.length);
  if (firstLine.includes(0)) return true;
  let zeros = 0;
  for (const byte of bytes) if (byte === 0) zeros++;
  return zeros > bytes.length / 100 + 1;
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
