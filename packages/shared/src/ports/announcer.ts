/**
 * "There is something newer": a hint between processes that carries only a number. It may be lost, repeated or
 * coalesced; every listener also polls.
 */
export type Channel = 'log' | 'delta';

export interface Announcer {
  /** Returns at once; the newest number of a channel goes out at most every 5 ms. */
  announce(channel: Channel, value: number): void;
  /** Calls `listener` on every announcement (from any process); the result removes it. */
  listen(channel: Channel, listener: (value: number) => void): () => void;
  close(): Promise<void>;
}
