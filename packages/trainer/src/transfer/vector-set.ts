/**
 * Vectors by item id as they are gathered, and what every one of them must be.
 *
 * 1. All have the same number of components, finite as floats and not all zero; ids are unique and not empty. What isn't so is a
 *    `UsageError` that begins with where it stands.
 * 2. At most MAX_VECTORS, of MAX_COMPONENTS together: they are held in memory, twice while room for more is made.
 */
import { cleanText } from '@freshet/shared/domain/text';
import { UsageError } from '@freshet/shared/errors';

export interface Vectors {
  readonly ids: readonly string[];
  readonly dim: number;
  /** ids.length · dim floats. */
  readonly values: Float32Array;
}

export interface VectorSet {
  /** `where`: the file and the line. */
  add(id: string, components: ArrayLike<number>, where: string): void;
  vectors(): Vectors;
}

const MAX_VECTORS = 4_000_000;
/** 2 GB of floats. */
const MAX_COMPONENTS = 2 ** 29;
const FIRST_VECTORS = 1_024;

export function createVectorSet(): VectorSet {
  const ids: string[] = [];
  const known = new Set<string>();
  let dim = 0;
  let values = new Float32Array();

  const makeRoom = (where: string): void => {
    const needed = (ids.length + 1) * dim;
    if (ids.length >= MAX_VECTORS) throw new UsageError('vector_file', `${where}: more than ${MAX_VECTORS} vectors`);
    if (needed > MAX_COMPONENTS) throw new UsageError('vector_file', `${where}: more than ${MAX_COMPONENTS} numbers, which is what is held at once; take fewer items, or vectors of fewer components`);
    if (needed <= values.length) return;
    const more = new Float32Array(Math.min(MAX_COMPONENTS, Math.max(FIRST_VECTORS * dim, 2 * values.length)));
    more.set(values);
    values = more;
  };

  return {
    add(text, components, where) {
      const id = cleanText(text);
      if (ids.length === 0) dim = components.length;
      if (components.length !== dim) throw new UsageError('vector_file', `${where}: ${components.length} components, and ${dim} in the lines before`);
      if (id === '') throw new UsageError('vector_file', `${where}: no id`);
      if (known.has(id)) throw new UsageError('vector_file', `${where}: the id ${JSON.stringify(id)} stands there twice`);
      makeRoom(where);
      const at = ids.length * dim;
      values.set(components, at);
      check(values.subarray(at, at + dim), { components, id, where });
      known.add(id);
      ids.push(id);
    },
    vectors: () => ({ ids, dim, values: values.subarray(0, ids.length * dim) }),
  };
}

function check(vector: Float32Array, { components, id, where }: { readonly components: ArrayLike<number>; readonly id: string; readonly where: string }): void {
  const bad = vector.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new UsageError('vector_file', `${where}: component ${bad + 1} of ${JSON.stringify(id)} is ${components[bad]}, which no float is`);
  if (vector.every((value) => value === 0)) throw new UsageError('vector_file', `${where}: the vector of ${JSON.stringify(id)} is all zeros: it has no direction`);
}
