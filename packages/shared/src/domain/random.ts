/**
 * Counter-based random numbers: a value is a pure function of its coordinates, so a log replayed from scratch
 * draws the same numbers whatever else ran in between. The mixer is the 32-bit finaliser of MurmurHash3
 * (Appleby, public domain); the WASM kernel has the same function.
 */

/** Mixes a 32-bit word: every input bit flips each output bit with probability about ½. Unsigned result. */
function mix32(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A 32-bit number for the coordinates (seed, a, b). */
export function random32(seed: number, a: number, b: number): number {
  return mix32(mix32(mix32(seed ^ 0x9e3779b9) ^ Math.imul(a, 0x9e3779b1)) ^ Math.imul(b, 0x85ebca77));
}

/** An integer in [0, n) for n ≤ 2³²: multiply-shift, bias < n / 2³². */
export function randomBelow(n: number, seed: number, a: number, b: number): number {
  return Math.floor((random32(seed, a, b) / 4_294_967_296) * n);
}

/** A float in [0, 1). */
export function randomUnit(seed: number, a: number, b: number): number {
  return random32(seed, a, b) / 4_294_967_296;
}

/** A standard normal value (Box–Muller over two coordinates). */
export function randomNormal(seed: number, a: number, b: number): number {
  const u = (random32(seed, a, 2 * b) + 1) / 4_294_967_297;
  const v = randomUnit(seed, a, 2 * b + 1);
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}
