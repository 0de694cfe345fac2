/** The counts in the page's head: events a second, version, how far it has learned. */
import { byId, setText } from './dom.js';
import type { Readings } from './readings.js';
import type { Text } from './text.js';

export function showPulse({ latest, rate }: Readings, text: Text): void {
  if (latest === undefined) return;
  setText(byId('rate'), rate === undefined ? '…' : text.say('eventsPerSecond', { n: rate < 100 ? rate.toFixed(1) : text.count(rate) }));
  setText(byId('version'), text.count(latest.version));
  setText(byId('learned'), text.count(latest.learned_until));
  setText(byId('behind'), text.say('entries', { n: text.count(Math.max(0, latest.history_seq - latest.learned_until)) }));
}
