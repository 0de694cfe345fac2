/** Takes out of storage what must not be kept. */
import type { UserRef } from '../domain/event.js';

export interface Erasure {
  /** What the shop has said of a shopper: out of the checkpoint and out of all entries of the log before `seq`, which stay, empty. */
  eraseProfile(ref: UserRef, seq: number): Promise<void>;
}
