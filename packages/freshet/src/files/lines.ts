/**
 * Bytes → lines, many at a time. In: the chunks of a file. Out: its lines, without line ends and byte order mark.
 *
 * 1. Memory holds one chunk and one line: a line beyond `MAX_LINE_BYTES` is marked, and only its head is kept.
 * 2. A line with bytes that aren't UTF-8, or with a NUL, is marked; its neighbours are not touched.
 * 3. `ended` is false only for a last line that nothing ends: it may have been cut off.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import type { ProblemCode } from './problem.js';

export const MAX_LINE_BYTES = 1_048_576;

export interface Line {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly ended: boolean;
  readonly problem: ProblemCode | undefined;
}

export type LineEnd = '\n' | '\r';

export async function* readLines(input: AsyncIterable<Buffer>, end: LineEnd): AsyncGenerator<readonly Line[]> {
  const cutter = createCutter(end);
  for await (const chunk of input) {
    const lines = cutter.push(chunk);
    if (lines.length > 0) yield lines;
  }
  const last = cutter.last();
  if (last.length > 0) yield last;
}

function createCutter(end: LineEnd): { push(chunk: Buffer): readonly Line[]; last(): readonly Line[] } {
  const endByte = end.charCodeAt(0);
  /** The beginning of a line whose end hasn't come. */
  let rest: Buffer[] = [];
  let restBytes = 0;
  let count = 0;
  const keep = (bytes: Buffer): void => {
    // What is too long already is refused whole: its end need not be kept.
    if (bytes.length === 0 || restBytes > MAX_LINE_BYTES) return;
    rest.push(bytes);
    restBytes += bytes.length;
  };
  const cut = (ended: boolean): readonly Line[] => {
    const block = rest.length === 1 && rest[0] !== undefined ? rest[0] : Buffer.concat(rest);
    rest = [];
    restBytes = 0;
    const lines = split(block, { end, count, ended });
    count += lines.length;
    return lines;
  };
  return {
    push(chunk) {
      let lines: readonly Line[] = [];
      let from = 0;
      if (restBytes > MAX_LINE_BYTES) {
        const at = chunk.indexOf(endByte);
        if (at < 0) return lines;
        lines = cut(true);
        from = at + 1;
      }
      const at = chunk.lastIndexOf(endByte);
      if (at >= from) {
        keep(chunk.subarray(from, at));
        lines = [...lines, ...cut(true)];
        from = at + 1;
      }
      keep(chunk.subarray(from));
      return lines;
    },
    last: () => (restBytes === 0 ? [] : cut(false)),
  };
}

interface Place {
  readonly end: LineEnd;
  /** Lines before these. */
  readonly count: number;
  /** Whether a line end followed the last one. */
  readonly ended: boolean;
}

/** A block that is sound throughout is decoded at once; in any other each line is looked at by itself. */
function split(block: Buffer, place: Place): Line[] {
  return isUtf8(block) && !block.includes(0) ? splitText(isAscii(block) ? block.toString('latin1') : block.toString('utf8'), place) : splitBytes(block, place);
}

const CARRIAGE_RETURN = 0x0d;

function splitText(text: string, { end, count, ended }: Place): Line[] {
  const lines: Line[] = [];
  for (let from = 0, line = count + 1; from <= text.length; line++) {
    const found = text.indexOf(end, from);
    const to = found < 0 ? text.length : found;
    const body = text.slice(from, to > from && text.charCodeAt(to - 1) === CARRIAGE_RETURN ? to - 1 : to);
    lines.push(toLine(body, { line, ended: found >= 0 || ended, problem: isTooLong(body) ? 'too_long' : undefined }));
    from = to + 1;
  }
  return lines;
}

function splitBytes(block: Buffer, { end, count, ended }: Place): Line[] {
  const lines: Line[] = [];
  for (let from = 0, line = count + 1; from <= block.length; line++) {
    const found = block.indexOf(end, from);
    const to = found < 0 ? block.length : found;
    const bytes = block.subarray(from, to > from && block[to - 1] === CARRIAGE_RETURN ? to - 1 : to);
    lines.push(toLine(bytes.toString('utf8'), { line, ended: found >= 0 || ended, problem: problemOf(bytes) }));
    from = to + 1;
  }
  return lines;
}

/** As much of an overlong line as anybody wants to see. */
const HEAD_CHARS = 1_000;
const BYTE_ORDER_MARK = 0xfeff;

function toLine(body: string, { line, ended, problem }: Omit<Line, 'text'>): Line {
  const whole = line === 1 && body.charCodeAt(0) === BYTE_ORDER_MARK ? body.slice(1) : body;
  return { line, text: problem === 'too_long' ? whole.slice(0, HEAD_CHARS) : whole, ended, problem };
}

/** Most lines are far too short for their bytes to be counted. */
function isTooLong(text: string): boolean {
  return text.length > MAX_LINE_BYTES / 3 && Buffer.byteLength(text) > MAX_LINE_BYTES;
}

function problemOf(bytes: Buffer): ProblemCode | undefined {
  if (bytes.length > MAX_LINE_BYTES) return 'too_long';
  if (bytes.includes(0)) return 'nul_byte';
  return isUtf8(bytes) ? undefined : 'invalid_utf8';
}
