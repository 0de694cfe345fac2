/** Counter-based random numbers, bit for bit those of src/domain/random.ts. */

/** The 32-bit finaliser of MurmurHash3 (Appleby, public domain). */
// @ts-ignore: decorator
@inline
export function mix32(x: u32): u32 {
  let h = (x ^ (x >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}

/** A 32-bit number for the coordinates (seed, a, b). */
// @ts-ignore: decorator
@inline
export function random32(seed: u32, a: u32, b: u32): u32 {
  return mix32(mix32(mix32(seed ^ 0x9e3779b9) ^ (a * 0x9e3779b1)) ^ (b * 0x85ebca77));
}

/** An integer in [0, n): multiply-shift. */
// @ts-ignore: decorator
@inline
export function randomBelow(n: u32, seed: u32, a: u32, b: u32): u32 {
  return <u32>((<u64>random32(seed, a, b) * n) >> 32);
}
