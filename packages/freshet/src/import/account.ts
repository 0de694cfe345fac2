/**
 * What became of a file's rows so far: counts, and for every reason how many rows, the first of them, and one to look at.
 *
 * 1. `rows` = accepted + duplicates + rejected.
 * 2. Memory is bounded: at most `REASONS` reasons are told apart, all others are counted together as `other`.
 */
export type RejectedBy = 'reader' | 'preset' | 'server';

export interface Reason {
  readonly code: string;
  /** Which field, where the server says so. */
  readonly pointer: string;
  readonly by: RejectedBy;
  /** For people. */
  readonly detail: string;
  readonly count: number;
  /** Lines of the first ones. */
  readonly rows: readonly number[];
  /** The first one as it stands in the file, cut. */
  readonly example: string;
}

export interface Account {
  /** Rows of the file, or events where a row has several. */
  readonly rows: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** Most frequent first. */
  readonly reasons: readonly Reason[];
  /** Rows that went in, with a remark. */
  readonly notes: readonly Reason[];
}

export interface Rejection {
  readonly line: number;
  readonly text: string;
  readonly code: string;
  readonly pointer: string;
  readonly by: RejectedBy;
  readonly detail: string;
}

export interface Accounting {
  accept(rows: number): void;
  duplicate(rows: number): void;
  reject(rejection: Rejection): void;
  note(remark: Rejection): void;
  read(): Account;
}

export const EMPTY_ACCOUNT: Account = { rows: 0, accepted: 0, duplicates: 0, rejected: 0, reasons: [], notes: [] };

const REASONS = 50;
const FIRST_ROWS = 10;
const EXAMPLE_CHARS = 200;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function createAccounting(from: Account = EMPTY_ACCOUNT): Accounting {
  const totals = { accepted: from.accepted, duplicates: from.duplicates, rejected: from.rejected };
  const reasons = createReasons(from.reasons);
  const notes = createReasons(from.notes);
  return {
    accept: (rows) => void (totals.accepted += rows),
    duplicate: (rows) => void (totals.duplicates += rows),
    reject(rejection) {
      totals.rejected++;
      reasons.add(rejection);
    },
    note: (remark) => notes.add(remark),
    read: () => ({ rows: totals.accepted + totals.duplicates + totals.rejected, ...totals, reasons: reasons.read(), notes: notes.read() }),
  };
}

function createReasons(from: readonly Reason[]): { add(rejection: Rejection): void; read(): Reason[] } {
  const known = new Map<string, Mutable<Reason>>(from.map((reason) => [nameOf(reason), { ...reason }]));
  const find = ({ code, pointer, by, detail, text }: Rejection): Mutable<Reason> => {
    const name = nameOf({ code, pointer, by });
    const found = known.get(name);
    if (found !== undefined) return found;
    if (known.size >= REASONS && code !== OTHER.code) return find({ ...OTHER, line: 0, text });
    const made = { code, pointer, by, detail, count: 0, rows: [], example: text.slice(0, EXAMPLE_CHARS) };
    known.set(name, made);
    return made;
  };
  return {
    add(rejection) {
      const reason = find(rejection);
      reason.count++;
      if (reason.rows.length < FIRST_ROWS) reason.rows = [...reason.rows, rejection.line];
    },
    read: () => [...known.values()].map((reason) => ({ ...reason })).sort((a, b) => b.count - a.count),
  };
}

const OTHER = { code: 'other', pointer: '', by: 'server', detail: 'further reasons' } as const;

function nameOf({ code, pointer, by }: Pick<Reason, 'code' | 'pointer' | 'by'>): string {
  return `${by} ${code} ${pointer}`;
}
