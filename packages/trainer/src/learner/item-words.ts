/**
 * Which words each item has, as a record of some three bytes a word: an item's words in ascending order, how many and then the
 * differences between them (LEB128). Records lie in cells (shared's packed/cells), their addresses in a column by item.
 *
 * 1. What `of` gives is what was held last: in ascending order, the first ITEM_WORDS.
 */
import { createCells } from '@freshet/shared/domain/packed/cells';
import { createByteReader, createByteWriter } from '@freshet/shared/domain/packed/leb128';
import { ITEM_WORDS } from '@freshet/shared/domain/words';

export interface ItemWords {
  of(item: number): number[];
  hold(item: number, words: readonly number[]): void;
  clear(): void;
}

/** `capacity`: rows of items. The system gives the column's memory where it is touched. */
export function createItemWords(capacity: number): ItemWords {
  let cells = createCells();
  /** By item; 0: it has no words. */
  const addresses = new Uint32Array(capacity);
  let used = 0;
  const writer = createByteWriter();
  const reader = createByteReader();

  const store = (words: readonly number[]): number => {
    writer.start();
    writer.whole(words.length);
    let last = 0;
    for (const word of words) {
      writer.whole(word - last);
      last = word;
    }
    return cells.put(writer.taken());
  };

  return {
    of(item) {
      const address = addresses[item] ?? 0;
      if (address === 0) return [];
      reader.start(cells.bytesOf(address), cells.offsetOf(address));
      const words: number[] = [];
      for (let left = reader.whole(), last = 0; left > 0; left--) {
        last += reader.whole();
        words.push(last);
      }
      return words;
    },
    hold(item, words) {
      const first = words.toSorted((a, b) => a - b).slice(0, ITEM_WORDS);
      const before = addresses[item] ?? 0;
      addresses[item] = first.length === 0 ? 0 : store(first);
      if (before !== 0) cells.free(before);
      used = Math.max(used, item + 1);
    },
    clear() {
      cells = createCells();
      addresses.fill(0, 0, used);
      used = 0;
    },
  };
}
