/**
 * Tries a version that was loaded beside, before it may answer: recorded requests (recent-requests) are ranked by it and by the model that
 * answers. That warms it up, too: its rows have been read once when the first shopper comes.
 *
 * 1. Where fewer than LEAST were recorded, fixed shoppers in memory and then items looked at by a stranger stand in.
 * 2. One list a turn of the event loop, of REQUESTS at most.
 * 3. There is an objection to a version that shares less than LEAST_OVERLAP of the lists, or whose lists hold less than LEAST_COVERAGE of the different items
 *    that the answering model's do: one that is another model altogether, or shows everybody the same. How far scores have moved is told and not judged: it
 *    depends on how long a model has learned. With fewer than LEAST requests that got a list there is none.
 */
import { setImmediate } from 'node:timers/promises';
import { chooseProbes } from '@freshet/shared/domain/quality/choose-probes';
import { ksDistance } from '@freshet/shared/domain/quality/distribution';
import { overlapAt } from '@freshet/shared/domain/quality/lists';
import type { People } from '@freshet/shared/people';
import type { Clock } from '@freshet/shared/ports/clock';
import type { ModelView } from '../follow/model-view.js';
import type { RankInput, Ranking } from '../rank/input.js';
import type { Ranker } from '../rank/ranker.js';
import type { Shelf } from '../store/shelf.js';
import { RECENT, type RecentRequest, type RecentRequests } from './recent-requests.js';

export interface Probation {
  /** `serving`: asked anew for each request, the model that answers may move meanwhile. */
  examine(candidate: ModelView, serving: () => ModelView): Promise<Examined>;
}

export interface Examined {
  readonly figures: ProbationFigures;
  /** What speaks against it. */
  readonly objection: Objection | undefined;
}

export interface Objection {
  readonly code: 'probe_overlap' | 'probe_coverage';
  readonly message: string;
}

export interface ProbationFigures {
  /** Requests to which the answering model had a list. */
  readonly requests: number;
  /** Mean share of the answering model's list that the version's has too. */
  readonly overlap: number;
  /** Kolmogorov–Smirnov distance of all scores; undefined where either had none. */
  readonly scoreDrift: number | undefined;
  /** Different items in all lists together. */
  readonly items: { readonly version: number; readonly serving: number };
}

export interface ProbationParts {
  readonly recent: Pick<RecentRequests, 'list'>;
  readonly people: Pick<People, 'histories' | 'find'>;
  readonly shelf: Shelf;
  readonly ranker: Pick<Ranker, 'rank' | 'similar' | 'together'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly seed: number;
}

const REQUESTS = RECENT;
const LIST = 20;
/** Fewer say nothing. */
const LEAST = 10;
/** As the gate of a refit has it: under another model altogether fewer would stay. */
const LEAST_OVERLAP = 0.1;
const LEAST_COVERAGE = 0.25;

export function createProbation(parts: ProbationParts): Probation {
  return {
    async examine(candidate, serving) {
      const pairs: Pair[] = [];
      for (const request of await requestsFor(parts, candidate)) {
        await setImmediate();
        const ours = rank(parts, request, serving());
        await setImmediate();
        const theirs = rank(parts, request, candidate);
        if (ours.items.length > 0) pairs.push({ ours, theirs });
      }
      const figures = figuresOf(pairs);
      return { figures, objection: objectionTo(figures) };
    },
  };
}

interface Pair {
  readonly ours: Ranking;
  readonly theirs: Ranking;
}

async function requestsFor({ recent, people, seed }: ProbationParts, { set }: ModelView): Promise<readonly RecentRequest[]> {
  const session = { events: [], marks: new Map() };
  const recorded = recent.list();
  if (recorded.length >= LEAST) return recorded;
  const shoppers = await chooseProbes(people.histories.outlines(), { seed, count: REQUESTS - recorded.length, rest: setImmediate });
  const found: RecentRequest[] = [...recorded, ...shoppers.map((person) => ({ method: 'rank' as const, person, session, item: undefined }))];
  if (found.length >= LEAST) return found;
  // Spread evenly over the rows; row 0 is no item.
  const left = Math.min(REQUESTS - found.length, set.rows - 1);
  for (let i = 0; i < left; i++) found.push({ method: 'rank', person: undefined, session, item: set.nameOf(1 + Math.floor((i * (set.rows - 1)) / left)) });
  return found;
}

function rank({ people, shelf, ranker, clock }: ProbationParts, { method, person, session, item }: RecentRequest, model: ModelView): Ranking {
  const input: RankInput = {
    model,
    shelf,
    history: person === undefined ? undefined : people.find(person),
    session,
    item,
    limit: LIST,
    diversity: 0,
    excludeIds: [],
    excludeSeen: false,
    // What is sold out just now is no difference between two models.
    anyAvailability: true,
    reasons: false,
    now: clock.now(),
  };
  return ranker[method](input);
}

function figuresOf(pairs: readonly Pair[]): ProbationFigures {
  const ids = ({ items }: Ranking): string[] => items.map(({ id }) => id);
  const different = (which: keyof Pair): number => new Set(pairs.flatMap((pair) => ids(pair[which]))).size;
  const scores = (which: keyof Pair): number[] => pairs.filter(({ ours, theirs }) => ours.rung === theirs.rung).flatMap((pair) => pair[which].items.map(({ score }) => score));
  const [ours, theirs] = [scores('ours'), scores('theirs')];
  const overlap = pairs.reduce((sum, pair) => sum + overlapAt(ids(pair.ours), ids(pair.theirs), LIST), 0);
  return {
    requests: pairs.length,
    overlap: pairs.length === 0 ? 1 : overlap / pairs.length,
    scoreDrift: ours.length === 0 || theirs.length === 0 ? undefined : ksDistance(ours, theirs),
    items: { version: different('theirs'), serving: different('ours') },
  };
}

function objectionTo({ requests, overlap, items }: ProbationFigures): Objection | undefined {
  if (requests < LEAST) return undefined;
  if (overlap < LEAST_OVERLAP) return { code: 'probe_overlap', message: `of ${requests} lists ${share(overlap)} stay, ${share(LEAST_OVERLAP)} are needed` };
  if (items.version >= LEAST_COVERAGE * items.serving) return undefined;
  return { code: 'probe_coverage', message: `${requests} lists hold ${items.version} different items, those of the model that answers ${items.serving}` };
}

/** In words, for the model's events. */
export function sayFigures({ requests, overlap, scoreDrift, items }: ProbationFigures): string {
  const drift = scoreDrift === undefined ? '' : `, score drift ${scoreDrift.toFixed(2)}`;
  return `${requests} requests, ${share(overlap)} of the lists stay${drift}, ${items.version} different items of ${items.serving}`;
}

function share(part: number): string {
  return `${Math.round(100 * part)} %`;
}
