/**
 * Serving's kernel: top-k over rows of embeddings, in WebAssembly SIMD on one unshared imported memory.
 * `scan` and `top` read floats (scan.ts); `scanCodes` (codes.ts) and `scanLists` (lists.ts) read bytes, all of them or those
 * of some lists, and `rescore` scores what they found; what `ahead.ts` has counts instead.
 */
export { countAhead, countAheadCoded } from './ahead';
export { scanLists } from './lists';
export { encode, encodeQuery, scanCodes } from './codes';
export { rescore, scan, top } from './scan';
