/**
 * The hashes by which ingest recognises things: an event's identity, its body, a person's pseudonym.
 *
 * 1. An event's key covers its producer, so nobody can use up another producer's ids.
 * 2. A pseudonym covers its kind: a user and a session of the same name are different people.
 * SHA-256, cut. (`crypto.hash` into a binary string costs .4 µs here, into a Buffer 1 µs.)
 */
import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';

/** The producer of everything that arrives without an API key. */
export const DEFAULT_PRODUCER = 'default';

const KEY_BYTES = 16;

/** 16 bytes that identify the event `id` of `producer`. */
export function eventKey(producer: string, id: string): Buffer {
  return cut(`${producer}\0${id}`);
}

/** 64-bit hash of a body as it was sent. */
export function bodyHash(body: string): bigint {
  const digest = hash('sha256', body, 'binary');
  for (let i = 0; i < 8; i++) scratch[i] = digest.charCodeAt(i);
  return scratchView.getBigInt64(0);
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

const scratch = new Uint8Array(8);
const scratchView = new DataView(scratch.buffer);

function cut(text: string): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  key.write(hash('sha256', text, 'binary'), 0, KEY_BYTES, 'latin1');
  return key;
}
