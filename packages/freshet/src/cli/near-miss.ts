/** The name that somebody probably meant: the nearest of those there are, if it is near. Pure. */

/** A third of the letters may differ (a swap of neighbours counts as one), and at least one. */
export function nearMiss(word: string, names: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(wanted, name.toLowerCase());
    if (distance >= least) continue;
    least = distance;
    best = name;
  }
  return best;
}

/** `; did you mean NAME?`, or nothing. */
export function suggestion(word: string, names: Iterable<string>): string {
  const name = nearMiss(word, names);
  return name === undefined ? '' : `; did you mean ${name}?`;
}

/** Damerau and Levenshtein: insertions, deletions, replacements and swaps of neighbours. */
export function editDistance(from: string, to: string): number {
  let older: number[] = [];
  let old = Array.from({ length: to.length + 1 }, (_, place) => place);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = at(old, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? at(older, j - 2) + 1 : Infinity;
      row.push(Math.min(replaced, swapped, at(old, j) + 1, at(row, j - 1) + 1));
    }
    older = old;
    old = row;
  }
  return at(old, to.length);
}

function at(row: readonly number[], place: number): number {
  return row[place] ?? Infinity;
}
