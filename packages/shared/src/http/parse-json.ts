/**
 * JSON that can be merged into objects without harm: like `JSON.parse`, but a `__proto__` key, or a `constructor`
 * key holding a `prototype`, is refused instead of waiting for the first careless spread.
 * The check costs a walk only where the text could spell one of the names, so ordinary bodies pay a regex scan.
 */
import { HttpProblem } from './problem.js';

/** An escape of an ASCII letter or underscore could spell the names too. */
const SUSPICIOUS = /__proto__|constructor|\\u00[5-7]/;

export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    // RFC 8259 lets a parser ignore a byte order mark; spreadsheets and Windows tools write one.
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) as unknown;
  } catch (cause) {
    throw new HttpProblem(400, 'malformed_json', `The body is not JSON: ${cause instanceof Error ? cause.message : 'unreadable'}`, { cause });
  }
  if (SUSPICIOUS.test(text) && poisons(value)) {
    throw new HttpProblem(400, 'malformed_json', 'The body has a key that would change an object\'s prototype.');
  }
  return value;
}

/** Iterative: depth is the sender's choice, our stack isn't. */
function poisons(root: unknown): boolean {
  const open: unknown[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (value === null || typeof value !== 'object') continue;
    if (!Array.isArray(value) && namesPrototype(value)) return true;
    for (const child of Object.values(value) as unknown[]) {
      if (child !== null && typeof child === 'object') open.push(child);
    }
  }
  return false;
}

function namesPrototype(object: object): boolean {
  if (Object.hasOwn(object, '__proto__')) return true;
  if (!Object.hasOwn(object, 'constructor')) return false;
  const inner: unknown = (object as { constructor: unknown }).constructor;
  return typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype');
}
