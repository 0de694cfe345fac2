/**
 * “Did you mean …”: the known name nearest to one that isn't known. Pure.
 *
 * 1. Case and the marks between words don't count: `dryRun`, `dry-run` and `dryrun` are all `dry_run`.
 * 2. Otherwise at most a third of the longer name may differ (one insertion, deletion, change or swap of neighbours each).
 * 3. Undefined when nothing is that near; of equally near names the first.
 */
export function nearestName(given: string, known: Iterable<string>): string | undefined {
  const plain = plainly(given);
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const other = plainly(name);
    // Names are short; whoever sends a long one hasn't misspelt it.
    if (Math.abs(plain.length - other.length) > other.length / 2) continue;
    const edits = editsBetween(plain, other);
    if (edits >= least || edits > Math.max(plain.length, other.length) / 3) continue;
    best = name;
    least = edits;
  }
  return best;
}

/** `; did you mean “limit”?`, or nothing: to be put behind a sentence that names the unknown one. */
export function didYouMean(given: string, known: Iterable<string>): string {
  const name = nearestName(given, known);
  return name === undefined ? '' : `; did you mean “${name}”?`;
}

function plainly(name: string): string {
  return name.replaceAll(/[\s_.-]/g, '').toLowerCase();
}

/** Damerau–Levenshtein distance, restricted: no piece is edited twice. */
function editsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, at(beforeLast, j - 2) + 1);
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], place: number): number {
  return row[place] ?? Number.POSITIVE_INFINITY;
}
