/** Takes out of storage what must not be kept. */
import type { UserRef } from '../domain/event.js';

export interface Erasure {
  /**
   * What the shop has said of a shopper before `seq`, the entry of her erasure: out of the checkpoint, for good, whatever its owner still holds, and
   * out of all entries of the log before `seq`, which stay, empty.
   */
  eraseProfile(ref: UserRef, seq: number): Promise<void>;
}
