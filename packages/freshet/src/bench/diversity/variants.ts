/** How lists are made that are compared: by `diversity`, `rotation` or `explore` alone, and by none of them. */
import type { UserRef } from '@freshet/shared/domain/event';
import { explorationOf } from '@freshet/serving/rank/explore';
import type { RankInput } from '@freshet/serving/rank/input';
import { seedFor } from '@freshet/serving/routes/list-answer';

export const KINDS = ['diversity', 'rotation', 'explore'] as const;
export type Kind = (typeof KINDS)[number];

export interface Variant {
  /** Of what is as without. */
  readonly kind: Kind | undefined;
  readonly value: number;
}

export function variantsOf(values: Readonly<Record<Kind, readonly number[]>>): readonly Variant[] {
  return [{ kind: undefined, value: 0 }, ...KINDS.flatMap((kind) => values[kind].map((value) => ({ kind, value })))];
}

/** A shopper's list changes each minute, as serving's do. */
export function inputOf({ kind, value }: Variant, { user, now }: { readonly user: UserRef; readonly now: number }): Pick<RankInput, 'diversity' | 'rotation' | 'exploration'> {
  const seed = seedFor(user, now);
  return {
    diversity: kind === 'diversity' ? value : 0,
    rotation: kind === 'rotation' ? { rotation: value, seed } : undefined,
    exploration: kind === 'explore' ? explorationOf(value, seed, 0) : undefined,
  };
}

/** Numbers with commas between, or none. */
export function parseValues(text: string): readonly number[] {
  if (text === '') return [];
  const values = text.split(',').map(Number);
  if (values.every((value) => value > 0 && value <= 1)) return values;
  throw new RangeError('takes numbers above 0, up to 1, with commas between');
}
