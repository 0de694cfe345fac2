/** Versions of a made model, broken ones, and what a follower holds of them. */
import type { DeltaRecord } from '@freshet/shared/ports/delta-log';
import type { Following, Site } from './follower.js';
import { makeModel, MODEL, NOW } from './model.js';

export async function publish(site: Site, count: number, rows = 50): Promise<void> {
  for (let i = 0; i < count; i++) {
    const { version } = await site.deltas.state();
    await site.trainer.publish(makeModel(version + 1, rows), { receivedAt: NOW });
  }
}

export function flipped(record: DeltaRecord, at: number): DeltaRecord {
  const bytes = Buffer.from(record.bytes);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return { ...record, bytes };
}

/** What the follower's tables hold, for comparison with another follower's. */
export function tables({ follower }: Following): unknown {
  const { set } = follower.view();
  const floats = [set.embeddings.slice(0, set.rows * set.layout.dim), set.served.slice(0, set.rows), set.followCounts.slice(0, set.rows * MODEL.followers), set.acc.slice(0, set.rows)];
  return [...floats, set.stat.slice(0, set.rows * 9), set.followers.slice(0, set.rows * MODEL.followers), set.dense, Array.from({ length: set.rows }, (_, row) => set.nameOf(row))];
}
