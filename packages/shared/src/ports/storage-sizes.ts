/** What the database holds on disk, by part: the log's partitions, ids seen, deltas, snapshots, checkpoint, recommendation log, all else. */
export const STORAGE_PARTS = ['log', 'ids', 'deltas', 'snapshots', 'checkpoint', 'recommendations', 'other'] as const;
export type StoragePart = (typeof STORAGE_PARTS)[number];

export interface StorageSizes {
  /** Bytes, indexes included; `other` makes it the whole database. */
  sizes(): Promise<Readonly<Record<StoragePart, number>>>;
}
