/**
 * "There is something newer": a hint between processes that carries only a number. It may be lost, repeated or
 * coalesced; every listener also polls.
 *
 * `log` and `delta`: the newest entry, the newest version. `label`: when a label was changed last, milliseconds since 1970. `snapshot`: a version that somebody was held up at, who asks for
 * a snapshot past it, and asks again while he is.
 */
export type Channel = 'log' | 'delta' | 'snapshot' | 'label';

export interface Announcer {
  /** Returns at once; the newest number of a channel goes out at most every 5 ms. */
  announce(channel: Channel, value: number): void;
  /** Calls `listener` on every announcement (from any process); the result removes it. */
  listen(channel: Channel, listener: (value: number) => void): () => void;
  close(): Promise<void>;
}
