/**
 * Keys that every process of a site shares. They need no setting: whoever asks first makes one.
 *
 * 1. All processes, and the same ones after a restart or a restore, get the same bytes for a name.
 * 2. The bytes are random, SECRET_BYTES of them; nothing else is derived from them here.
 */
import type { Buffer } from 'node:buffer';

export const SECRET_BYTES = 32;

export interface Secrets {
  /** The secret of this name, made now when there was none. */
  obtain(name: string): Promise<Buffer>;
}
