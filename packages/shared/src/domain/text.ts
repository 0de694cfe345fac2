/**
 * Text as it is stored: Unicode NFC, without control characters, halves of surrogate pairs and outer white space.
 * Case is kept. Cleaning twice changes nothing more. Ids are stored so and must be looked up so.
 */

/** Most ids and types: printable ASCII without a space at either end. Nothing to do for them. */
const PLAIN = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;
const WHITE_CONTROLS = /[\t\n\v\f\r\u0085]+/g;
const CONTROLS = /\p{Cc}/gu;
const HALF_PAIRS = /\p{Cs}/gu;

export function cleanText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(WHITE_CONTROLS, ' ').replace(CONTROLS, '').replace(HALF_PAIRS, '\u{fffd}').normalize('NFC').trim();
}

/** For names that are compared without case, such as categories: the key of a text. What is shown stays as it was sent. */
export function foldCase(text: string): string {
  return cleanText(text).toLowerCase();
}

/** Characters as JSON Schema counts them (code points); composing can make a text longer. */
export function isLongerThan(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  return text.length > 2 * limit || Array.from(text).length > limit;
}
