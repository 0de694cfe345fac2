/**
 * Vectors of one dimension into another: a Gaussian random projection, x ↦ R·x with R[d][k] ~ N(0, 1/to), a pure function of (seed, d, k).
 *
 * Cosines between vectors are kept up to about ±1/√to (Johnson–Lindenstrauss); a principal-component analysis would keep more
 * of those of the file itself, but needs all of it at once. Rows come out with norm 1, as new rows have on average; what
 * the model uses is their direction.
 */
import { randomNormal } from '@freshet/shared/domain/random';

export type Project = (vector: Float32Array) => Float32Array;

/** The same dimension: only the norm changes. */
export function projectionOf(from: number, to: number, seed: number): Project {
  if (from === to) return (vector) => normalised(Float32Array.from(vector));
  const matrix = new Float32Array(to * from);
  for (let d = 0; d < to; d++) for (let k = 0; k < from; k++) matrix[d * from + k] = randomNormal(seed, d, k) / Math.sqrt(to);
  return (vector) => {
    const out = new Float32Array(to);
    for (let d = 0; d < to; d++) {
      let sum = 0;
      for (let k = 0; k < from; k++) sum += (matrix[d * from + k] ?? 0) * (vector[k] ?? 0);
      out[d] = sum;
    }
    return normalised(out);
  };
}

function normalised(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector);
  return norm === 0 ? vector : vector.map((value) => value / norm);
}
