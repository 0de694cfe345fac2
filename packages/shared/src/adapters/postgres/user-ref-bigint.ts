/** A `UserRef` is 64 random bits in hexadecimal; Postgres stores them as a signed bigint. */
import { parseUserRef, type UserRef } from '../../domain/event.js';

export function toBigint(ref: UserRef): bigint {
  return BigInt.asIntN(64, BigInt(`0x${ref}`));
}

export function fromBigint(value: bigint): UserRef {
  const ref = parseUserRef(BigInt.asUintN(64, value).toString(16).padStart(16, '0'));
  if (ref === undefined) throw new RangeError(`${value} is not a reference`);
  return ref;
}
