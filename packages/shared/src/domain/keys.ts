/**
 * The hashes by which ingest recognises things: an event's identity, its body, a person's pseudonym.
 *
 * 1. An event's key covers its producer, so nobody can use up another producer's ids.
 * 2. A pseudonym covers its kind: a user and a session of the same name are different people.
 * SHA-256, cut. Keys and body hashes are held as binary text, one character a byte: `crypto.hash` into such a string costs
 * .4 µs, into a Buffer 1 µs, and they can be compared, put into maps and joined into a statement's parameter as they are.
 */
import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';

/** The producer of everything that arrives without an API key. */
export const DEFAULT_PRODUCER = 'default';

const KEY_BYTES = 16;
const BODY_BYTES = 8;

/** 16 characters that identify the event `id` of `producer`. */
export function eventKey(producer: string, id: string): string {
  return hash('sha256', `${producer}\0${id}`, 'binary').slice(0, KEY_BYTES);
}

/** 8 characters: the hash of a body as it was sent. */
export function bodyHash(body: string): string {
  return hash('sha256', body, 'binary').slice(0, BODY_BYTES);
}

/** The id an event without one gets: the same for every retry with the same `Idempotency-Key`. */
export function derivedEventId(idempotencyKey: string, index: number): string {
  return `idk_${hash('sha256', `${idempotencyKey}\0${index}`, 'hex').slice(0, 32)}`;
}

export type PersonKind = 'user' | 'session';

/** 16 bytes that stand for a person's own id in `user_ref_map`. */
export function pseudonymOf(kind: PersonKind, id: string): Buffer {
  return cut(kind === 'user' ? `u:${id}` : `s:${id}`);
}

function cut(text: string): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  key.write(hash('sha256', text, 'binary'), 0, KEY_BYTES, 'latin1');
  return key;
}
