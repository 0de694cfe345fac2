/**
 * Names, each kept once and known by a number as long as somebody holds it.
 *
 * 1. A number is its name's until the name was released as often as it was held; then it may be another one's.
 */
import { grown } from './grown.js';
export interface Names {
  /** The name's number; undefined: nobody holds it. */
  find(name: string): number | undefined;
  /** Its number, held once more. */
  hold(name: string): number;
  /** The same for a number that somebody holds already: a search among a million names takes a microsecond. */
  holdAgain(number: number): void;
  /** '' for a number that nobody holds. */
  nameOf(number: number): string;
  release(number: number): void;
  readonly size: number;
}

const SMALLEST = 1_024;

export function createNames(): Names {
  const numbers = new Map<string, number>();
  const names: (string | undefined)[] = [];
  let holders = new Uint32Array(SMALLEST);
  const freed: number[] = [];

  const give = (name: string): number => {
    const number = freed.pop() ?? names.length;
    names[number] = name;
    numbers.set(name, number);
    if (number >= holders.length) {
      holders = grown(new Uint32Array(2 * holders.length), holders);
    }
    return number;
  };

  return {
    find: (name) => numbers.get(name),
    hold(name) {
      const number = numbers.get(name) ?? give(name);
      holders[number] = (holders[number] ?? 0) + 1;
      return number;
    },
    holdAgain(number) {
      holders[number] = (holders[number] ?? 0) + 1;
    },
    nameOf: (number) => names[number] ?? '',
    release(number) {
      const left = (holders[number] ?? 0) - 1;
      if (left < 0) throw new RangeError(`the name ${number} was released more often than held`);
      holders[number] = left;
      if (left > 0) return;
      numbers.delete(names[number] ?? '');
      names[number] = undefined;
      freed.push(number);
    },
    get size() {
      return numbers.size;
    },
  };
}
