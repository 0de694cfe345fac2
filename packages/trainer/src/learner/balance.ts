/**
 * Class balance by sampling: how often an example is trained, by how common its classes are among the examples that the replay buffer
 * holds. Its classes are the type of the event it came from and its target item. Histories, counts and the log know nothing of it.
 *
 * n of N examples have a type (C types are there), m its target, m̄ = N / different targets; a, b, u, v are the model's exponents
 * (typeOversampling, itemOversampling, typeUndersampling, itemUndersampling):
 * ```
 * over-sampling:   drawn from the buffer with a probability ∝ n^(−a) · min(4, max(¼, (m̄/m)^b))
 * under-sampling:  as a new one trained with the probability min(1, (N / (C n))^u) · min(1, max(¼, (m̄/m)^v)), its weight as it is
 * ```
 * So with a = 1 all types are drawn alike, and with u = 1 no type is trained as new more often than its even share; 0 changes nothing.
 *
 * 1. What is drawn is a pure function of the seeds and of what was kept, in which order, since the last `clear`.
 * 2. A draw takes at most TRIES looks: the items' part is by rejection, and the last one found is taken.
 */
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import { randomBelow, randomUnit } from '@freshet/shared/domain/random';

/** Most that an item's frequency changes the odds of its examples by. */
const MOST = 4;
const TRIES = 32;
/** Keep the draws of a type and of acceptance apart from those of examples. */
const TYPE = 0x7479_7065;
const ACCEPT = 0x6163_6370;

export interface ExampleClass {
  /** Of the event that the example came from; '' for the example of a text. */
  readonly type: string;
  readonly target: number;
}

export interface Balance {
  /** The example at `place` is now this one; whatever stood there is gone. */
  keep(place: number, example: ExampleClass): void;
  /** A place that is filled, or undefined when none is. */
  draw(seedA: number, seedB: number, k: number): number | undefined;
  /** The probability that a new example is trained. */
  chance(example: ExampleClass): number;
  /** The same of one that is kept at `place`. */
  chanceAt(place: number): number;
  clear(): void;
}

export type BalanceExponents = Pick<ModelConfig, 'typeOversampling' | 'typeUndersampling' | 'itemOversampling' | 'itemUndersampling'>;

/** Whether there is anything to balance. */
export function isBalanced(model: BalanceExponents): boolean {
  return model.typeOversampling > 0 || model.typeUndersampling > 0 || model.itemOversampling > 0 || model.itemUndersampling > 0;
}

export function createBalance({ typeOversampling, typeUndersampling, itemOversampling, itemUndersampling }: BalanceExponents): Balance {
  const held = createHeld();
  const itemOdds = (target: number, exponent: number): number => Math.min(MOST, Math.max(1 / MOST, held.rarity(target) ** exponent));
  const chance = (kind: number, target: number): number => Math.min(1, held.evenShare(kind) ** typeUndersampling) * Math.min(1, itemOdds(target, itemUndersampling));
  const drawType = (unit: number): readonly number[] => {
    const types = held.types();
    const weights = types.map(({ length }) => length ** (1 - typeOversampling));
    let left = unit * weights.reduce((sum, weight) => sum + weight, 0);
    const found = weights.findIndex((weight) => (left -= weight) < 0);
    return types[found] ?? types.at(-1) ?? [];
  };
  return {
    keep: held.keep,
    draw(seedA, seedB, k) {
      const places = drawType(randomUnit(seedA ^ TYPE, seedB, k));
      let place: number | undefined;
      for (let turn = 0; turn < TRIES; turn++) {
        const seed = seedB ^ Math.imul(turn, 0x9e37_79b1);
        place = places[randomBelow(places.length, seedA, seed, k)];
        if (place === undefined || itemOversampling === 0) return place;
        if (randomUnit(seedA ^ ACCEPT, seed, k) < itemOdds(held.target(place), itemOversampling) / MOST) return place;
      }
      return place;
    },
    chance: ({ type, target }) => chance(held.kindOf(type), target),
    chanceAt: (place) => chance(held.kindAt(place), held.target(place)),
    clear: held.clear,
  };
}

/**
 * Which examples of which classes stand where, some 40 bytes each. Everything takes the same time however many there are, but for the list
 * of types.
 */
function createHeld() {
  const kinds = new Map<string, number>();
  /** By kind (a type's number): the places of its examples. */
  const byKind: number[][] = [];
  const byTarget = new Map<number, number>();
  /** Of each place: its type's number, its target, and where it stands in the list of its type. */
  const kindAt: number[] = [];
  const targetAt: number[] = [];
  const standsAt: number[] = [];

  const kindOf = (type: string): number => {
    const known = kinds.get(type);
    if (known !== undefined) return known;
    kinds.set(type, byKind.length);
    return byKind.push([]) - 1;
  };

  const leave = (place: number): void => {
    const [kind, target] = [kindAt[place], targetAt[place]];
    if (kind === undefined || target === undefined) return;
    const places = byKind[kind] ?? [];
    const last = places.pop();
    if (last !== undefined && last !== place) {
      const at = standsAt[place] ?? 0;
      places[at] = last;
      standsAt[last] = at;
    }
    const left = (byTarget.get(target) ?? 1) - 1;
    if (left === 0) byTarget.delete(target);
    else byTarget.set(target, left);
  };

  const types = (): (readonly number[])[] => byKind.filter(({ length }) => length > 0);

  return {
    keep(place: number, { type, target }: ExampleClass): void {
      leave(place);
      const kind = kindOf(type);
      const places = byKind[kind] ?? [];
      standsAt[place] = places.length;
      places.push(place);
      byTarget.set(target, (byTarget.get(target) ?? 0) + 1);
      kindAt[place] = kind;
      targetAt[place] = target;
    },
    types,
    target: (place: number): number => targetAt[place] ?? 0,
    kindAt: (place: number): number => kindAt[place] ?? 0,
    kindOf: (type: string): number => kinds.get(type) ?? -1,
    /** Mean examples of a target, over those of this one. */
    rarity: (target: number): number => targetAt.length / Math.max(1, byTarget.size) / Math.max(1, byTarget.get(target) ?? 0),
    /** An even share of the types, over the share of this one. */
    evenShare: (kind: number): number => kindAt.length / Math.max(1, types().length) / Math.max(1, byKind[kind]?.length ?? 0),
    clear(): void {
      kinds.clear();
      byTarget.clear();
      for (const list of [byKind, kindAt, targetAt, standsAt]) list.length = 0;
    },
  };
}
