/** `larger`, a new column, with what the column before holds at its beginning. */
export function grown<Column extends { set(values: ArrayLike<number>): void }>(larger: Column, before: ArrayLike<number>): Column {
  larger.set(before);
  return larger;
}
