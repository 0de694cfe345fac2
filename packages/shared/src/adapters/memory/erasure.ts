/** Erasure in memory, on the memory log and checkpoint. Same contract as the Postgres adapter. */
import type { Erasure } from '../../ports/erasure.js';
import type { MemoryCheckpoint } from './checkpoint.js';
import type { MemoryEntryLog } from './entry-log.js';

export function memoryErasure(entries: Pick<MemoryEntryLog, 'emptyProfiles'>, checkpoint: Pick<MemoryCheckpoint, 'eraseProfile'>): Erasure {
  return {
    eraseProfile(ref, seq) {
      checkpoint.eraseProfile(ref, seq);
      entries.emptyProfiles(ref, seq);
      return Promise.resolve();
    },
  };
}
