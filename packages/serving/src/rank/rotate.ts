/**
 * Rotation: a list drawn around its best order, so that a refresh isn't always the same and what is nearly as good is shown, too.
 *
 * key_j = s_j + r · g_j with g_j = −ln(−ln u_j), u_j uniform from (seed, item): the order of the keys is a draw without replacement in which
 * each place goes to item j with probability e^(s_j / r) / Σ e^(s_i / r) over what is left (Gumbel-top-k; Plackett and Luce's model). That
 * probability is the item's *propensity*. Scores are logits: r = 1 draws by the model's own probabilities, r → 0 is the best order, and
 * items whose scores differ by much more than r keep their order.
 * 1. The same seed gives the same order of the same scores, in every process; another item coming or going leaves the others' order.
 * 2. Propensities are exact for the pool that is drawn from, the poolFor best; what lies behind it has none. They are from 0 to 1 however
 *    small r is: scores are told apart before they are divided by it. Equal scores are drawn whatever r.
 */
import { randomUnit } from '@freshet/shared/domain/random';
import { hashOf } from '../token/hash.js';

export interface Rotation {
  /** r, from 0 (none) to 1. */
  readonly rotation: number;
  readonly seed: number;
}

export interface Logit<T> {
  readonly one: T;
  readonly id: string;
  readonly logit: number;
}

export interface Drawn<T> extends Logit<T> {
  readonly key: number;
  readonly propensity: number;
}

/** Rows to draw from for a list of `limit`. */
export function rotationPool(limit: number, rotation: number): number {
  return rotation === 0 ? limit : Math.min(MOST, Math.max(LEAST, TIMES * limit));
}

const TIMES = 5;
const LEAST = 100;
const MOST = 400;

/** The pool in the order that was drawn. */
export function rotate<T>(pool: readonly Logit<T>[], { rotation, seed }: Rotation): Drawn<T>[] {
  const keyed = pool.map((one) => {
    const noise = gumbel(seed, one.id);
    return { one, noise, key: one.logit + rotation * noise };
  });
  // r · g may be less than a score can be told apart by: then the noise decides among equal ones.
  keyed.sort((a, b) => b.key - a.key || b.noise - a.noise);
  const drawn: Drawn<T>[] = [];
  // From the end, so that what is left is summed without differences of large numbers: Σ e^((s − high) / r), high being the largest s so far.
  let high = -Infinity;
  let left = 0;
  for (const { one, key } of keyed.reverse()) {
    if (one.logit > high) {
      left *= Math.exp((high - one.logit) / rotation);
      high = one.logit;
    }
    const own = Math.exp((one.logit - high) / rotation);
    left += own;
    drawn.push({ ...one, key, propensity: own / left });
  }
  return drawn.reverse();
}

/** Never infinite: u is above 0 and below 1. */
function gumbel(seed: number, id: string): number {
  const u = randomUnit(seed, hashOf(id), 0) + 2 ** -33;
  return -Math.log(-Math.log(u));
}
