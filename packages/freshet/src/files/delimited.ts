/**
 * Lines of a delimited file → records (RFC 4180, with the leniency that real files need).
 *
 * 1. A record may span lines, up to `MAX_LINE_BYTES` characters; it is named by its first line.
 * 2. A quote that never closes costs its own line, not those behind it: they are read again as records of their own.
 * 3. Within one line a quote that is no quotation (`15" monitor`) is text.
 * 4. A record with more cells than `width` is refused unless the further ones are empty; so is one with fewer.
 */
import { MAX_LINE_BYTES, type Line } from './lines.js';
import type { ProblemCode } from './problem.js';
import type { BadRecord, Origin } from './record.js';

export interface CellsRecord extends Origin {
  readonly problem?: undefined;
  readonly cells: readonly string[];
}

export interface DelimitedOptions {
  readonly delimiter: string;
  /** Whether quotes mean anything. */
  readonly quotes: boolean;
  /** Cells of each record; undefined: any number. */
  readonly width?: number | undefined;
}

export async function* readDelimited(lines: AsyncIterable<readonly Line[]>, options: DelimitedOptions): AsyncGenerator<readonly (CellsRecord | BadRecord)[]> {
  const reader = createRecordReader(options);
  for await (const batch of lines) {
    const records = reader.push(batch);
    if (records.length > 0) yield records;
  }
  const last = reader.last();
  if (last.length > 0) yield last;
}

/** Cells of one line, for headers; a quote that isn't closed there is text. */
export function splitLine(text: string, { delimiter, quotes }: DelimitedOptions): readonly string[] {
  if (!quotes || !text.includes('"')) return text.split(delimiter);
  const scan: Scan = { cells: [], value: undefined };
  return scanLine(text, delimiter, scan) === 'whole' ? scan.cells : text.split(delimiter);
}

type Parsed = CellsRecord | BadRecord;

/** A record whose quotation goes on in the next line. */
interface Open {
  readonly lines: Line[];
  readonly scan: Scan;
  chars: number;
}

function createRecordReader(options: DelimitedOptions): { push(lines: readonly Line[]): Parsed[]; last(): Parsed[] } {
  let open: Open | undefined;

  /** The first line of what is open is bad; those behind it are read again. */
  const giveUp = (given: Open, out: Parsed[]): void => {
    const [first, ...others] = given.lines;
    open = undefined;
    if (first !== undefined) out.push({ line: first.line, text: first.text, problem: first.ended ? 'unclosed_quote' : 'half_written' });
    for (const line of others) take(line, out);
  };

  const begin = (line: Line, out: Parsed[]): void => {
    if (!options.quotes || !line.text.includes('"')) {
      out.push(toRecord(line, line.text, line.text.split(options.delimiter), options));
      return;
    }
    const scan: Scan = { cells: [], value: undefined };
    const outcome = scanLine(line.text, options.delimiter, scan);
    if (outcome === 'open') open = { lines: [line], scan, chars: line.text.length };
    else out.push(toRecord(line, line.text, outcome === 'whole' ? scan.cells : line.text.split(options.delimiter), options));
  };

  const goOn = (given: Open, line: Line, out: Parsed[]): void => {
    given.lines.push(line);
    given.chars += line.text.length + 1;
    given.scan.value += '\n';
    const outcome = line.problem === undefined && given.chars <= MAX_LINE_BYTES ? scanLine(line.text, options.delimiter, given.scan) : 'stray';
    if (outcome === 'open') return;
    if (outcome === 'stray') return giveUp(given, out);
    open = undefined;
    const first = given.lines[0] ?? line;
    const text = given.lines.map((one) => one.text).join('\n');
    out.push(toRecord({ ...line, line: first.line }, text, given.scan.cells, options));
  };

  const take = (line: Line, out: Parsed[]): void => {
    if (open !== undefined) goOn(open, line, out);
    else if (line.problem !== undefined) out.push({ line: line.line, text: line.text, problem: line.problem });
    else if (!isBlank(line.text, options.delimiter)) begin(line, out);
  };

  return {
    push(lines) {
      const out: Parsed[] = [];
      for (const line of lines) take(line, out);
      return out;
    },
    last() {
      const out: Parsed[] = [];
      while (open !== undefined) giveUp(open, out);
      return out;
    },
  };
}

/** Tabs and spaces alone are a record where they delimit. */
function isBlank(text: string, delimiter: string): boolean {
  return text === '' || (text.charCodeAt(0) <= SPACE && delimiter.trim() !== '' && text.trim() === '');
}

const SPACE = 0x20;

function toRecord({ line, ended }: Line, text: string, cells: readonly string[], { width }: DelimitedOptions): Parsed {
  const problem = width === undefined || cells.length === width ? undefined : widthProblem(cells, width, ended);
  return problem === undefined ? { line, text, cells } : { line, text, problem };
}

function widthProblem(cells: readonly string[], width: number, ended: boolean): ProblemCode | undefined {
  if (cells.length < width) return ended ? 'wrong_columns' : 'half_written';
  return cells.slice(width).every((cell) => cell === '') ? undefined : 'wrong_columns';
}

interface Scan {
  readonly cells: string[];
  /** What a quotation that is open holds so far. */
  value: string | undefined;
}

/** `whole`: the record ends with the line. `open`: a quotation goes on. `stray`: something follows a closing quote. */
function scanLine(text: string, delimiter: string, scan: Scan): 'whole' | 'open' | 'stray' {
  for (let at = 0; ; ) {
    if (scan.value === undefined && text[at] !== '"') {
      const found = text.indexOf(delimiter, at);
      scan.cells.push(text.slice(at, found < 0 ? text.length : found));
      if (found < 0) return 'whole';
      at = found + delimiter.length;
      continue;
    }
    if (scan.value === undefined) {
      scan.value = '';
      at++;
    }
    const close = text.indexOf('"', at);
    scan.value += text.slice(at, close < 0 ? text.length : close);
    if (close < 0) return 'open';
    at = close + 1;
    if (text[at] === '"') {
      scan.value += '"';
      at++;
      continue;
    }
    scan.cells.push(scan.value);
    scan.value = undefined;
    if (at === text.length) return 'whole';
    if (!text.startsWith(delimiter, at)) return 'stray';
    at += delimiter.length;
  }
}
