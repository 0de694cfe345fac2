/**
 * Serving's kernel: top-k over rows of embeddings, in WebAssembly SIMD on one unshared imported memory.
 * `scan` and `top` read floats (scan.ts), `scanCodes` reads bytes (codes.ts) and `rescore` makes its answer exact.
 */
export { encode, encodeQuery, scanCodes } from './codes';
export { rescore, scan, top } from './scan';
