/** What the catalogue (catalogue.ts) says about a code. */
export interface Entry {
  readonly title: string;
  /** Of an answer that is this problem; none for codes that only stand beside one item. */
  readonly statuses: readonly number[];
  /** Also, or only, the reason why one event or item of a request was rejected. */
  readonly item?: true;
  readonly means: string;
  readonly help: string;
}

export type Entries = Readonly<Record<string, Entry>>;
