/**
 * The lines of a text file, read as they come: the file may be larger than a string can be.
 *
 * 1. A line ends with \n or \r\n; what stands behind the last one is a line if it isn't empty. A byte order mark is left out.
 * 2. A line has at most MAX_LINE characters. A longer one, or a file that can't be read, is a `UsageError` with file and line.
 */
import { createReadStream } from 'node:fs';
import { toError, UsageError } from '@freshet/shared/errors';

/** Some 50,000 components. */
const MAX_LINE = 1_048_576;
const READ_BYTES = 262_144;

/** As many lines at a time as a read brings. */
export async function* linesOf(file: string): AsyncGenerator<readonly string[]> {
  let rest = '';
  let number = 1;
  for await (const text of textOf(file)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    const long = [...lines, rest].findIndex((line) => line.length > MAX_LINE);
    if (long >= 0) throw new UsageError('vector_file', `${file}, line ${number + long}: longer than ${MAX_LINE} characters`);
    number += lines.length;
    yield lines.map(withoutReturn);
  }
  if (rest !== '') yield [withoutReturn(rest)];
}

async function* textOf(file: string): AsyncGenerator<string> {
  let isFirst = true;
  try {
    for await (const read of createReadStream(file, { encoding: 'utf8', highWaterMark: READ_BYTES })) {
      const text = String(read);
      yield isFirst ? text.replace(/^\uFEFF/, '') : text;
      isFirst = false;
    }
  } catch (cause) {
    throw new UsageError('vector_file', `${file} can't be read: ${toError(cause).message}`, { cause });
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
