/** A reference as two signed whole numbers of 32 bits, as flat memory holds it, and back. */
import type { UserRef } from '../event.js';

const DIGITS = 16;

export function highOf(ref: UserRef): number {
  return half(ref, 0);
}

export function lowOf(ref: UserRef): number {
  return half(ref, DIGITS / 2);
}

export function refOf(high: number, low: number): UserRef {
  return (hex(high) + hex(low)) as UserRef;
}

function half(ref: UserRef, from: number): number {
  let value = 0;
  let wrong = Number(ref.length !== DIGITS);
  for (let at = from; at < from + DIGITS / 2; at++) {
    const code = ref.charCodeAt(at);
    if (code >= 48 && code <= 57) value = (value << 4) | (code - 48);
    else if (code >= 97 && code <= 102) value = (value << 4) | (code - 87);
    else wrong++;
  }
  if (wrong > 0) throw new TypeError(`a reference has 16 hexadecimal digits, not “${ref}”`);
  return value;
}

function hex(half: number): string {
  return (half >>> 0).toString(16).padStart(DIGITS / 2, '0');
}
