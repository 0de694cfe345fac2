/**
 * A history in some ten bytes an event, for the many shoppers who are doing nothing now.
 *
 * ```
 * flags: events << 2 | JOINED | RAW     JOINED: 8 bytes, the shopper's reference
 * marks: how many, then each in the map's order: its item's number, moment (its flag: refused), of a refusal its kind
 * events, newest first: kind << 2 | where     where: EXPECTED | AT, place | OTHER, place, moment | WITHOUT, its item's number, moment
 * moment: 2 index + flag, then ts and seq as differences from the moment written before     RAW: flag, then index, ts, seq as floats
 * ```
 * Whole numbers are LEB128. An event that is the last thing its item's mark tells of (EXPECTED, AT) has the mark's moment; EXPECTED is the
 * place before that of the event written before. RAW: some moment isn't in whole numbers. These bytes never leave the process.
 */
export const RAW = 1;
export const JOINED = 2;
export const EXPECTED = 0;
export const AT = 1;
export const OTHER = 2;
export const WITHOUT = 3;
/** Flags and `where` have two bits. */
export const BITS = 2;
export const WHERE = 3;

/** A type of events as it was sent, with its group, as one small number. */
export interface Kinds {
  of(type: string | undefined, group: number): number;
  typeOf(kind: number): string | undefined;
  groupOf(kind: number): number;
}

/** In the order in which they were first seen: as many as the shop has types, some hundred at most. */
export function createKinds(): Kinds {
  const byType = new Map<string | undefined, Map<number, number>>();
  const kinds: { readonly type: string | undefined; readonly group: number }[] = [];
  return {
    of(type, group) {
      const byGroup = byType.get(type) ?? new Map<number, number>();
      byType.set(type, byGroup);
      const known = byGroup.get(group);
      if (known !== undefined) return known;
      byGroup.set(group, kinds.length);
      return kinds.push({ type, group }) - 1;
    },
    typeOf: (kind) => kinds[kind]?.type,
    groupOf: (kind) => kinds[kind]?.group ?? 0,
  };
}
