/**
 * A log entry: one committed transaction's worth of things that happened, at one place (`seq`) of the one
 * total order that every trainer and serving process applies.
 *
 * 1. `seq` is gap-free: entry n + 1 is never visible before entry n.
 * 2. Items of an entry whose index stands in `skip` were duplicates; they don't exist for any reader.
 */
import type { LogEvent } from './event.js';
import type { ProfileChange } from './profiles.js';
import type { RuleChange } from './rules.js';

export type EntryKind = 'events' | 'catalogue' | 'rule' | 'user';

/** One change of the catalogue. `put` replaces the whole document, `patch` its named fields, `delete` ends it. */
export type CatalogueChange =
  | { readonly op: 'put' | 'patch'; readonly id: string; readonly fields: ItemFields; readonly filled?: readonly string[] }
  | { readonly op: 'delete'; readonly id: string };

export interface ItemFields {
  readonly title?: string;
  readonly description?: string;
  readonly categories?: readonly string[];
  readonly brand?: string;
  readonly price?: number;
  readonly available?: boolean;
  readonly image_url?: string;
  readonly url?: string;
  readonly attributes?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

export type EntryBody =
  | { readonly kind: 'events'; readonly events: readonly LogEvent[] }
  | { readonly kind: 'catalogue'; readonly changes: readonly CatalogueChange[] }
  | { readonly kind: 'rule'; readonly changes: readonly RuleChange[] }
  | { readonly kind: 'user'; readonly changes: readonly ProfileChange[] };

export type LogEntry = EntryBody & {
  readonly seq: number;
  /** Who sent it: `http`, `queue`, `import`, `heartbeat`, `demo`, … */
  readonly source: string;
  /** When the process that wrote it received its first item, milliseconds since 1970. */
  readonly receivedAt: number;
  /** True for back-filled data: it does not count into freshness. */
  readonly historical: boolean;
};
