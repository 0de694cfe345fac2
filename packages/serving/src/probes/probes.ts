/**
 * How much lists move by themselves: the first 20 items of some fixed shoppers (domain/quality/choose-probes), ranked once a minute as an answer would
 * rank them, held against their last ones. Fresh must not mean fickle: a list may change because its shopper did something, and
 * should hardly change because others did (docs/decisions/015).
 *
 * 1. A shopper is *idle* when nothing of his history has changed since the last round, *active* otherwise; each is shown apart.
 * 2. What the shop can't sell just now counts as if it could, so that stock isn't taken for fickleness.
 * 3. Ranking takes at most TIME of the time that passes, one list in a turn of the event loop.
 * 4. Fewer than LEAST shoppers of a kind are no measurement: the metric isn’t shown until there is one again, so no alert stands on an old one.
 */
import { setImmediate } from 'node:timers/promises';
import type { UserRef } from '@freshet/shared/domain/event';
import type { History } from '@freshet/shared/domain/history';
import { chooseProbes, PROBE_LIST, PROBES } from '@freshet/shared/domain/quality/choose-probes';
import { ksDistance } from '@freshet/shared/domain/quality/distribution';
import { overlapAt } from '@freshet/shared/domain/quality/lists';
import type { Metrics } from '@freshet/shared/metrics';
import type { People } from '@freshet/shared/people';
import type { Clock } from '@freshet/shared/ports/clock';
import type { ModelView } from '../follow/model-view.js';
import type { Ranker } from '../rank/ranker.js';
import type { Shelf } from '../store/shelf.js';

export interface ProbeParts {
  readonly view: () => ModelView;
  readonly people: Pick<People, 'histories' | 'find' | 'isWhole'>;
  readonly shelf: Shelf;
  readonly ranker: Ranker;
  readonly metrics: Pick<Metrics, 'listOverlap' | 'scoreDrift' | 'probeSeconds'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly seed: number;
}

export interface Probes {
  /** One round, if it is due. */
  round(): Promise<void>;
}

export const PROBE_MS = 60_000;
const TIME = 0.01;
const LEAST = 5;

interface Probed {
  /** Equal while the shopper has done nothing. */
  readonly stamp: string;
  readonly items: readonly string[];
  readonly scores: readonly number[];
}

type Compared = { readonly before: Probed; readonly after: Probed };

export function createProbes(parts: ProbeParts): Probes {
  let last = new Map<UserRef, Probed>();
  let due = 0;
  return {
    async round() {
      const began = parts.clock.now();
      if (began < due && due - began <= PROBE_MS / TIME) return;
      const refs = await chooseProbes(parts.people.histories.outlines(), { seed: parts.seed, count: PROBES, rest: setImmediate });
      const { probed, ms } = await probeAll(parts, refs);
      parts.metrics.probeSeconds.inc(ms / 1_000);
      due = began + Math.max(PROBE_MS, ms / TIME);
      show(parts, last, probed);
      last = probed;
    },
  };
}

async function probeAll(parts: ProbeParts, refs: readonly UserRef[]): Promise<{ probed: Map<UserRef, Probed>; ms: number }> {
  const probed = new Map<UserRef, Probed>();
  let ms = 0;
  for (const ref of refs) {
    await setImmediate();
    const history = parts.people.find(ref);
    if (history === undefined || !parts.people.isWhole(ref)) continue;
    const started = performance.now();
    const one = probe(parts, history);
    ms += performance.now() - started;
    if (one !== undefined) probed.set(ref, one);
  }
  return { probed, ms };
}

/** The shopper's list as an answer would have it now; undefined while the model knows nothing of his history. */
function probe({ view, shelf, ranker, clock }: ProbeParts, history: History): Probed | undefined {
  const { rung, items } = ranker.rank({
    model: view(),
    shelf,
    history,
    session: { events: [], marks: new Map() },
    item: undefined,
    limit: PROBE_LIST,
    excludeIds: [],
    excludeSeen: false,
    diversity: 0,
    anyAvailability: true,
    reasons: false,
    now: clock.now(),
  });
  if (rung !== 'personal') return undefined;
  return { stamp: stampOf(history), items: items.map(({ id }) => id), scores: items.map(({ score }) => score) };
}

function stampOf({ events: [newest], refusals }: History): string {
  return `${newest?.ts} ${newest?.seq} ${newest?.index} ${refusals}`;
}

function show({ metrics }: ProbeParts, last: ReadonlyMap<UserRef, Probed>, now: ReadonlyMap<UserRef, Probed>): void {
  const kinds: Readonly<Record<'idle' | 'active', Compared[]>> = { idle: [], active: [] };
  for (const [ref, after] of now) {
    const before = last.get(ref);
    if (before !== undefined) kinds[before.stamp === after.stamp ? 'idle' : 'active'].push({ before, after });
  }
  for (const shoppers of ['idle', 'active'] as const) {
    const compared = kinds[shoppers];
    if (compared.length < LEAST) {
      metrics.listOverlap.remove({ shoppers });
      continue;
    }
    const sum = compared.reduce((total, { before, after }) => total + overlapAt(before.items, after.items, PROBE_LIST), 0);
    metrics.listOverlap.set({ shoppers }, sum / compared.length);
  }
  if (kinds.idle.length < LEAST) return metrics.scoreDrift.remove();
  const scores = (which: keyof Compared): number[] => kinds.idle.flatMap((one) => one[which].scores);
  metrics.scoreDrift.set(ksDistance(scores('before'), scores('after')));
}
