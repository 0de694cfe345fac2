/**
 * Bytes that only this site can make and read: `nonce ‖ ciphertext ‖ tag` as base64url.
 *
 * Encrypt-then-MAC: AES-256 in counter mode, the counter block being the nonce and a 32-bit number from 0; HMAC-SHA-256 over nonce and
 * ciphertext, cut to 16 bytes (RFC 2104, section 5). Both keys come from one secret by HKDF (RFC 5869).
 * 1. Anything else than what `seal` has made with the same secret opens to undefined, whatever its length or alphabet.
 * 2. The first 16 characters are the nonce and nothing but it: unique, so that they can name what is sealed.
 * Nonces are 96 random bits: after 2^32 seals two are equal with a chance below 2^-33.
 * Node's `createHmac` and `createCipheriv` take 7 µs to make ready for one use, more than a tenth of an answer. So HMAC is two one-shot hashes here,
 * as its definition says, and the counter blocks go through one lasting AES object: 2 µs, held to Node's own by a test.
 */
import { createCipheriv, hash, hkdfSync, randomFillSync, timingSafeEqual } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HASH_BYTES = 32;
const KEY_BYTES = 32;
const AES_BLOCK = 16;
const SHA_BLOCK = 64;
/** Nonces drawn at once: a call to the system's generator costs more than all the rest. */
const DRAWN = 256;
const BASE64URL = /^[\w-]+$/;

export interface Sealer {
  /** At most the limit's bytes. */
  seal(plain: Buffer): string;
  open(sealed: string): Buffer | undefined;
}

/** `limit`: bytes that are sealed at most. */
export function createSealer(secret: Buffer, limit: number): Sealer {
  const crypt = createCounterMode(keyFor(secret, 'encryption'), limit);
  const authenticate = createHmacSha256(keyFor(secret, 'authentication'), NONCE_BYTES + limit);
  const sealed = Buffer.alloc(NONCE_BYTES + limit + TAG_BYTES);
  const nonces = Buffer.alloc(DRAWN * NONCE_BYTES);
  let next = DRAWN;

  return {
    seal(plain) {
      if (plain.length > limit) throw new RangeError(`${plain.length} bytes can't be sealed: ${limit} is the limit`);
      if (next === DRAWN) {
        randomFillSync(nonces);
        next = 0;
      }
      const end = NONCE_BYTES + plain.length;
      nonces.copy(sealed, 0, next * NONCE_BYTES, ++next * NONCE_BYTES);
      plain.copy(sealed, NONCE_BYTES);
      crypt(sealed, sealed.subarray(NONCE_BYTES, end));
      sealed.write(authenticate(sealed.subarray(0, end)).slice(0, TAG_BYTES), end, 'latin1');
      return sealed.toString('base64url', 0, end + TAG_BYTES);
    },
    open(text) {
      const bytes = BASE64URL.test(text) ? Buffer.from(text, 'base64url') : Buffer.alloc(0);
      const end = bytes.length - TAG_BYTES;
      // Of a last character base64 may leave bits unread: two texts for the same bytes would be two names of one list.
      if (end < NONCE_BYTES || bytes.length > sealed.length || bytes.toString('base64url') !== text) return undefined;
      const tag = Buffer.from(authenticate(bytes.subarray(0, end)).slice(0, TAG_BYTES), 'latin1');
      if (!timingSafeEqual(tag, bytes.subarray(end))) return undefined;
      const plain = bytes.subarray(NONCE_BYTES, end);
      crypt(bytes, plain);
      return plain;
    },
  };
}

function keyFor(secret: Buffer, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `freshet list token ${use}`, KEY_BYTES));
}

/** Encrypts, or decrypts, `text` where it stands; the nonce is the beginning of `start`. */
function createCounterMode(key: Buffer, limit: number): (start: Buffer, text: Buffer) => void {
  // Block by block, nothing carried over: one object serves for every text.
  const aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const counters = Buffer.alloc(AES_BLOCK * Math.ceil(limit / AES_BLOCK));
  for (let block = 0; block * AES_BLOCK < counters.length; block++) counters.writeUInt32BE(block, block * AES_BLOCK + NONCE_BYTES);
  return (start, text) => {
    const length = AES_BLOCK * Math.ceil(text.length / AES_BLOCK);
    for (let at = 0; at < length; at += AES_BLOCK) start.copy(counters, at, 0, NONCE_BYTES);
    const stream = aes.update(counters.subarray(0, length));
    for (let i = 0; i < text.length; i++) text[i] = (text[i] ?? 0) ^ (stream[i] ?? 0);
  };
}

/** H((K ⊕ opad) ‖ H((K ⊕ ipad) ‖ message)) as 32 characters, one a byte. */
function createHmacSha256(key: Buffer, limit: number): (message: Buffer) => string {
  const inner = Buffer.alloc(SHA_BLOCK + limit);
  const outer = Buffer.alloc(SHA_BLOCK + HASH_BYTES);
  for (let i = 0; i < SHA_BLOCK; i++) {
    inner[i] = (key[i] ?? 0) ^ 0x36;
    outer[i] = (key[i] ?? 0) ^ 0x5c;
  }
  return (message) => {
    message.copy(inner, SHA_BLOCK);
    outer.write(hash('sha256', inner.subarray(0, SHA_BLOCK + message.length), 'binary'), SHA_BLOCK, 'latin1');
    return hash('sha256', outer, 'binary');
  };
}
