/**
 * Texts as bytes, and back, exactly: also halves of surrogate pairs that stand alone, which UTF-8 can't write.
 *
 * `length << 2 | encoding`, then so many bytes. LATIN1: no character is above U+00FF. Of the others UTF-8, unless UTF-16 is shorter, as of Chinese.
 */
import { Buffer } from 'node:buffer';
import type { ByteReader, ByteWriter } from './leb128.js';

const LATIN1 = 0;
const UTF8 = 1;
const UTF16 = 2;
const NAMES = ['latin1', 'utf8', 'utf16le'] as const;
const BITS = 2;
const ENCODING = 3;
const ABOVE_LATIN1 = /[^\0-\xff]/;
/** In this mode a pair is one character, so only half of one is found. */
const LONE_SURROGATE = /\p{Surrogate}/u;

export function writeText(writer: ByteWriter, text: string): void {
  const encoding = encodingOf(text);
  const bytes = Buffer.from(text, NAMES[encoding]);
  writer.whole((bytes.length << BITS) | encoding);
  writer.copy(bytes);
}

export function readText(reader: ByteReader): string {
  const head = reader.whole();
  return reader.text(head >>> BITS, NAMES[head & ENCODING] ?? 'latin1');
}

export function skipText(reader: ByteReader): void {
  reader.skip(reader.whole() >>> BITS);
}

function encodingOf(text: string): typeof LATIN1 | typeof UTF8 | typeof UTF16 {
  if (!ABOVE_LATIN1.test(text)) return LATIN1;
  return LONE_SURROGATE.test(text) || Buffer.byteLength(text, 'utf8') > 2 * text.length ? UTF16 : UTF8;
}
