/**
 * Clocks. Order never rests on them (the log's sequence does), but lags, retention and “in the future” do: events over
 * five minutes ahead are rejected. Pure.
 */
import { error, type Finding, ok, warning } from './finding.js';

/** Later than any clock that is right: this was written then. */
const RELEASED = Date.UTC(2026, 10, 22);
const NOTICED_MS = 1_000;
const HARMFUL_MS = 60_000;
const NTP = 'let NTP (chrony, systemd-timesyncd) set the clocks of all machines';

export function judgeOwnClock(now: number): Finding {
  const shown = new Date(now).toISOString();
  if (now < RELEASED) return error('clock', `this machine's clock says ${shown}, before this release was made`, 'set it: every event of today would be rejected as being in the future');
  return ok('clock', `this machine's clock says ${shown}`);
}

/** `aheadMs`: theirs minus ours. */
export function judgeClock(check: string, label: string, aheadMs: number): Finding {
  const distance = Math.abs(aheadMs);
  if (distance < NOTICED_MS) return ok(check, `its clock and ours are ${Math.round(distance)} ms apart`);
  const found = `the clock of ${label} is ${(distance / 1_000).toFixed(1)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ours`;
  return distance < HARMFUL_MS ? warning(check, found, `${NTP}: update lags come out wrong`) : error(check, found, `${NTP}: events are taken for late or for being in the future`);
}
