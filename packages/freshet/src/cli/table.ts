/** Rows for people, in columns as wide as what stands in them; the last one runs on. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => row.map((cell, column) => (column === head.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ').trimEnd()).join('\n');
}

/** One line of at most `most` characters: what a producer sent may hold anything. */
export function oneLine(text: string, most: number): string {
  const line = text.replaceAll(/\p{Cc}+/gu, ' ');
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}
