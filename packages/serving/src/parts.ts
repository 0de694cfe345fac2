/** The parts of a serving process that answers and followers share, made empty; and how they are filled from checkpoint and log. */
import { setImmediate } from 'node:timers/promises';
import { decodeDocument, decodeProfile, decodeRules, documentPlace } from '@freshet/shared/codec/state';
import { createHistories } from '@freshet/shared/domain/histories';
import { createProfiles, type Profiles } from '@freshet/shared/domain/profiles';
import { createPeople, type People } from '@freshet/shared/people';
import { watchTypes } from '@freshet/shared/watch-types';
import type { ResolvedServingOptions } from './config.js';
import { createFilterMatches, type FilterMatches } from './filter/matches.js';
import { createJournal, type Journal } from './follow/journal.js';
import { createLogFollower, type LogFollower } from './follow/log-follower.js';
import { createModelMetrics, type ModelMetrics } from './follow/model-metrics.js';
import { createProgress, type Progress } from './follow/progress.js';
import { createVersions, type Versions } from './follow/versions.js';
import type { KnownItems } from './follow/verify-set.js';
import { createPersonRefs, type PersonRefs } from './person-refs.js';
import { createProbation, type Probation } from './probation/probation.js';
import { createRecentRequests, type RecentRequests } from './probation/recent-requests.js';
import { createRanker } from './rank/ranker.js';
import { createListLog, type ListLog } from './recommendation-log/list-log.js';
import { createSearcher, type Searcher } from './search/searcher.js';
import { type KernelModule, loadKernel } from './store/kernel.js';
import { createScanMetrics } from './retrieval/scan-metrics.js';
import { createRules, type Rules } from './rules/rules.js';
import { createShelf, type Shelf } from './store/shelf.js';
import { createTablePool, type TablePool } from './store/table-pool.js';
import type { ServingDeps } from './deps.js';

export interface Parts {
  readonly shelf: Shelf;
  readonly rules: Rules;
  readonly filterMatches: FilterMatches;
  readonly searcher: Searcher;
  readonly people: People;
  readonly profiles: Profiles;
  readonly progress: Progress;
  readonly versions: Versions;
  readonly metrics: ModelMetrics;
  readonly journal: Journal;
  readonly refs: PersonRefs;
  readonly pool: TablePool;
  readonly kernel: KernelModule;
  readonly known: KnownItems;
  readonly lists: ListLog;
  readonly recent: RecentRequests;
  readonly probation: Probation;
}

export async function createParts(options: ResolvedServingOptions, deps: ServingDeps): Promise<Parts> {
  const kernel = await loadKernel();
  // The shelf tells the pool of changes, and the pool asks the shelf for states: one of them comes second.
  const searcher = createSearcher({ synonyms: options.synonyms, catalogue: () => shelf.catalogue });
  const shelf: Shelf = createShelf((id, before, now) => {
    pool.refresh(id);
    searcher.change(id, before, now);
    filterMatches.change(id, now);
    ruleMatches.change(id, now);
    rules.touch();
  });
  const filterMatches = createFilterMatches(shelf);
  // Of its own: the filters of requests must not push out those of rules.
  const ruleMatches = createFilterMatches(shelf);
  const rules = createRules(shelf, ruleMatches);
  const { model, maxItems, maxWords, retrieval: mode } = options;
  const pool = createTablePool({ kernel, model, maxItems, maxWords, mode, shelf: shelf.state, ...createScanMetrics(deps.metrics) });
  const histories = createHistories(options.customTypes);
  const progress = createProgress(deps.clock);
  const people = createPeople({ histories, checkpoint: deps.checkpoint, activeUsers: options.activeUsers, seq: () => progress.positions().log });
  const recent = createRecentRequests();
  return {
    shelf,
    recent,
    probation: createProbation({ recent, people, shelf, ranker: createRanker(), clock: deps.clock, seed: model.seed }),
    filterMatches,
    searcher,
    rules,
    pool,
    kernel,
    known: { has: (id) => shelf.state(id) !== 'undescribed', size: () => shelf.catalogue.size, seq: () => progress.positions().log },
    people,
    profiles: createProfiles(),
    progress,
    versions: createVersions(),
    lists: createListLog(options.recommendationLog.sample, deps),
    metrics: createModelMetrics(deps.metrics),
    journal: createJournal(deps.modelEvents, options.replica, deps.log),
    refs: createPersonRefs(deps.userRefs, { limit: options.peopleCached, now: () => deps.clock.now() }),
  };
}

/** Documents: a millisecond. */
const LOADED_AT_ONCE = 256;

/** In the order of their last changes, whatever the store's is: of those that the shelf was given last it says that they are new. */
export async function loadDocuments(checkpoint: Pick<ServingDeps['checkpoint'], 'loadItems'>, shelf: Pick<Parts['shelf'], 'load'>): Promise<void> {
  const stored: { readonly bytes: Buffer; readonly seq: number; readonly index: number }[] = [];
  await checkpoint.loadItems((bytes) => {
    const { seq, index } = documentPlace(bytes);
    stored.push({ bytes, seq, index });
  });
  stored.sort((a, b) => a.seq - b.seq || a.index - b.index);
  for (const [n, { bytes }] of stored.entries()) {
    shelf.load(decodeDocument(bytes));
    if (n % LOADED_AT_ONCE === LOADED_AT_ONCE - 1) await setImmediate();
  }
}

/** Before the model: its rows ask the catalogue whether they may be served. */
export async function loadLog({ customTypes }: ResolvedServingOptions, deps: ServingDeps, parts: Parts): Promise<LogFollower> {
  const { people, profiles, shelf, rules, progress, refs } = parts;
  const from = await deps.checkpoint.seq();
  await people.load();
  await loadDocuments(deps.checkpoint, shelf);
  await deps.checkpoint.loadRules((bytes) => rules.book.load(decodeRules(bytes)));
  await deps.checkpoint.loadProfiles((bytes) => profiles.load(decodeProfile(bytes)));
  const entries = watchTypes(deps.entries, { customTypes, log: deps.log });
  const follower = createLogFollower({ entries, people, shelf, rules: rules.book, profiles, from, moved: progress.moveLog, newcomer: refs.newcomer });
  await follower.step();
  return follower;
}
