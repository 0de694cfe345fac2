/**
 * A body's bytes → its text. RFC 8259: JSON is UTF-8; a byte order mark in front may be ignored, and is: spreadsheets and
 * Windows tools write one.
 */
import { isUtf8 } from 'node:buffer';
import { HttpProblem } from './problem.js';

/** What bytes that are not UTF-8 become. */
const REPLACEMENT = '\u{fffd}';

export interface BodyText {
  readonly text: string;
  /** False: bytes of another encoding have become U+FFFD; what holds one must not be taken for what was meant. */
  readonly utf8: boolean;
}

/** Refuses UTF-16, of which nothing could be saved. */
export function readText(bytes: Buffer): BodyText {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) throw notUtf8('The body is UTF-16; send UTF-8.');
  return { text: withoutMark(bytes.toString('utf8')), utf8: isUtf8(bytes) };
}

/** The whole must be UTF-8. */
export function readUtf8(bytes: Buffer): string {
  const { text, utf8 } = readText(bytes);
  if (!utf8) throw notUtf8('The body has bytes that are not UTF-8.');
  return text;
}

/** Whether a text read from bytes that were not all UTF-8 holds some of those that weren't. */
export function isDamaged(text: string): boolean {
  return text.includes(REPLACEMENT);
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function notUtf8(detail: string): HttpProblem {
  return new HttpProblem(400, 'invalid_utf8', detail);
}
