/** Parts and models → the engine that routes answer from. */
import type { ResolvedServingOptions } from './config.js';
import type { Engine } from './engine.js';
import type { Models } from './load-first.js';
import { createRecentQuality } from './recent-quality.js';
import { createRanker } from './rank/ranker.js';
import { createShadow } from './shadow/shadow.js';
import type { Tokens } from './token/tokens.js';
import type { ServingDeps } from './deps.js';
import type { Parts } from './parts.js';

export function createEngine(options: ResolvedServingOptions, deps: ServingDeps, made: { readonly parts: Parts; readonly models: Models; readonly tokens: Tokens; readonly searchWeights: Engine['searchWeights']; readonly stopping: AbortSignal }): Engine {
  const { shelf, filterMatches, rules, searcher, people, profiles, progress, versions, refs, lists, recent } = made.parts;
  const { follower, pinning, beside } = made.models;
  const ranker = createRanker();
  const rung = (name: keyof Engine['rungs']) => deps.metrics.fallbackResponses.labels({ rung: name });
  return {
    view: pinning.view,
    newest: follower.view,
    pinned: pinning.pinned,
    beside,
    recent,
    shadow: createShadow({ ...deps, ranker, held: () => beside.held('shadow'), seed: options.model.seed }),
    quarantined: follower.quarantined,
    shelf,
    filterMatches,
    rules,
    people,
    profiles,
    progress,
    versions,
    refs,
    ranker,
    tokens: made.tokens,
    searcher,
    searchWeights: made.searchWeights,
    zeroResults: { vectors: deps.metrics.zeroResultSearches.labels({ answer: 'vectors' }), nothing: deps.metrics.zeroResultSearches.labels({ answer: 'nothing' }) },
    lists,
    traces: deps.traces,
    log: deps.entries,
    stopping: made.stopping,
    quality: createRecentQuality(deps.quality, deps.clock),
    clock: deps.clock,
    rungs: { personal: rung('personal'), session: rung('session'), similar: rung('similar'), trending: rung('trending'), newest: rung('newest'), together: rung('together') },
    explored: deps.metrics.exploredItems,
    customTypes: options.customTypes,
    sequenceWaitMs: options.sequenceWaitMs,
  };
}
