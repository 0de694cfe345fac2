/** Announcements inside one process: all-in-one and tests. Listeners run in a later turn, coalesced per channel. */
import type { Announcer, Channel } from '../../ports/announcer.js';

export function memoryAnnouncer(): Announcer {
  const listeners = new Map<Channel, Set<(value: number) => void>>();
  const pending = new Map<Channel, number>();

  const deliver = (channel: Channel): void => {
    const value = pending.get(channel) ?? 0;
    pending.delete(channel);
    for (const listener of listeners.get(channel) ?? []) listener(value);
  };

  return {
    announce(channel, value) {
      if (!pending.has(channel)) setImmediate(deliver, channel);
      pending.set(channel, Math.max(value, pending.get(channel) ?? 0));
    },
    listen(channel, listener) {
      const set = listeners.get(channel) ?? new Set();
      listeners.set(channel, set.add(listener));
      return () => set.delete(listener);
    },
    close: () => {
      listeners.clear();
      return Promise.resolve();
    },
  };
}
