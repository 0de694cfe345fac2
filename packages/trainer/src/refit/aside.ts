/**
 * A candidate beside the live model: loaded into the spare learner chunk by chunk, then brought to where the live one stands by the
 * loop itself, between its rounds, until the next round may be learned by the candidate instead.
 *
 * 1. Every chunk is checked before a word of it is written.
 * 2. It shares the live learner's histories: an event is predicted from what came before it, wherever the histories have got to.
 * 3. A step learns at most one page, so a live round waits for little.
 */
import type { Promotion } from '@freshet/shared/ports/delta-log';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { Learner } from '../learner/port.js';
import type { Presence } from '../presence.js';

/** What the loop sees of it. */
export interface Aside {
  /** Learns a page of what the candidate lacks up to entry `taken`; false when there is nothing to do. */
  step(taken: number): Promise<boolean>;
  /** The candidate, when it has learned exactly up to `taken`: the next round is its own, and it is handed out once. */
  takeDue(taken: number): Due | undefined;
}

export interface Due {
  readonly learner: Learner;
  readonly promotion: Promotion;
  /** Its version is committed: it is the live model now. */
  promoted(version: number): void;
}

export interface LoadedCandidate {
  readonly learner: Learner;
  applied: number;
}

/** Items read at once. */
const PAGE = 512;

export interface StepParts {
  readonly entries: Pick<EntryLog, 'read'>;
  readonly presence: Presence;
}

export async function stepCandidate(loaded: LoadedCandidate, taken: number, { entries, presence }: StepParts): Promise<boolean> {
  if (loaded.applied >= taken) return false;
  const page = (await entries.read(loaded.applied, PAGE)).filter((entry) => entry.seq <= taken);
  await presence.ready(page);
  await loaded.learner.learn(page);
  loaded.applied = page.at(-1)?.seq ?? taken;
  return true;
}
