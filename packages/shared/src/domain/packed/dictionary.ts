/**
 * Values that many records share, each kept once and known by a number.
 *
 * 1. A number is its value's for good: nothing is taken out, so a dictionary is bounded by `most` values with keys of at most `chars` characters.
 *    What comes when it is full, or is longer, isn't shared: whoever asks keeps it himself.
 */
export interface Dictionary<Value> {
  /** NOT_SHARED for a value that has no number and gets none. */
  numberOf(key: string, make: () => Value): number;
  valueOf(number: number): Value;
}

export interface DictionaryLimits {
  readonly most: number;
  readonly chars: number;
}

export const NOT_SHARED = -1;

export function createDictionary<Value>({ most, chars }: DictionaryLimits): Dictionary<Value> {
  const numbers = new Map<string, number>();
  const values: Value[] = [];
  return {
    numberOf(key, make) {
      const known = numbers.get(key);
      if (known !== undefined) return known;
      if (key.length > chars || values.length >= most) return NOT_SHARED;
      numbers.set(key, values.length);
      return values.push(make()) - 1;
    },
    valueOf(number) {
      const value = values[number];
      if (value === undefined) throw new RangeError(`there is no value ${number}`);
      return value;
    },
  };
}
