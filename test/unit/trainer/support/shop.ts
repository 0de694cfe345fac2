/** A trainer's surroundings in memory: a shop of twelve items whose shoppers send events. */
import { memoryAnnouncer } from '@freshet/shared/adapters/memory/announcer';
import { memoryCheckpoint } from '@freshet/shared/adapters/memory/checkpoint';
import { memoryDeadLetters } from '@freshet/shared/adapters/memory/dead-letters';
import { memoryDeltaLog } from '@freshet/shared/adapters/memory/delta-log';
import { memoryEntryLog } from '@freshet/shared/adapters/memory/entry-log';
import { memoryJobQueue } from '@freshet/shared/adapters/memory/job-queue';
import { memoryModelEvents } from '@freshet/shared/adapters/memory/model-events';
import { memoryQualityLog } from '@freshet/shared/adapters/memory/quality-log';
import { memoryRefitLog } from '@freshet/shared/adapters/memory/refit-log';
import { memorySnapshotStore } from '@freshet/shared/adapters/memory/snapshot-store';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { EntryBody } from '@freshet/shared/domain/entry';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { bodyHash, eventKey } from '@freshet/shared/domain/keys';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics } from '@freshet/shared/metrics';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import { resolveTrainerOptions } from '@freshet/trainer/config';
import type { RefitRunner } from '@freshet/trainer/refit/runner';

export const options = resolveTrainerOptions({ model: { dim: 16, negatives: 8, replayCapacity: 100 }, threads: 1, maxItems: 200, minGapMs: 1 });

export function shop() {
  const deltas = memoryDeltaLog();
  const entries = memoryEntryLog();
  const queue = memoryJobQueue();
  const snapshots = memorySnapshotStore(deltas, systemClock);
  const deps = {
    deltas: deltas as DeltaLog,
    snapshots,
    candidates: snapshots.candidates,
    refits: memoryRefitLog(systemClock),
    refitRunner: { run: () => ({ result: Promise.reject(new Error('no refits here')), stop: () => undefined }) } as RefitRunner,
    modelEvents: memoryModelEvents(systemClock),
    entries,
    checkpoint: memoryCheckpoint(),
    queue,
    announcer: memoryAnnouncer(),
    deadLetters: memoryDeadLetters(),
    quality: memoryQualityLog(deltas, systemClock),
    metrics: createMetrics({ processMetrics: false }),
    log: silentLogger,
    clock: systemClock,
  };
  let sent = 0;
  const append = async (body: EntryBody): Promise<number> => {
    const count = body.kind === 'events' ? body.events.length : body.changes.length;
    const keys = Array.from({ length: count }, () => ({ id: eventKey('test', String(sent++)), body: bodyHash('') }));
    const { seq } = await entries.append({ body, keys, source: 'test', receivedAt: 1_700_000_000_000 + sent, historical: false });
    return seq ?? 0;
  };
  /** One entry of events: shopper n takes item n, then n + 1 … */
  const events = (count: number, type: string): LogEvent[] =>
    Array.from({ length: count }, (_, n) => ({
      id: `e-${sent + n}`,
      type,
      user: String(n % 5).padStart(16, '0') as UserRef,
      item: `item-${(sent + n) % 12}`,
      ts: 1_700_000_000_000 + sent + n,
    }));
  const send = async (count: number, type = 'view'): Promise<number> => {
    const seq = await append({ kind: 'events', events: events(count, type) });
    await queue.add({ from: seq, to: seq, committedAt: 0 });
    return seq;
  };
  const describeItems = () => append({ kind: 'catalogue', changes: Array.from({ length: 12 }, (_, n) => ({ op: 'put' as const, id: `item-${n}`, fields: {} })) });
  return { deltas, deps, send, describeItems };
}

export type Shop = ReturnType<typeof shop>;
