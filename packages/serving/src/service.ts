/**
 * The serving process: loads checkpoint, log's tail and model, then answers and follows.
 *
 * 1. Routes are there at once and answer 503 until all is loaded and warmed up; `/readyz` fails until then.
 * 2. Followers stop first, then the checkpoint is written a last time (when this process owns it).
 * 3. A log that retention has cut off under this process ends it: started anew it loads the checkpoint.
 */
import { setMaxListeners } from 'node:events';
import { CorruptionError, UnavailableError } from '@freshet/shared/errors';
import { type Service, startService, type ServiceContext } from '@freshet/shared/lifecycle';
import { type People, SWEEP_MS } from '@freshet/shared/people';
import type { Channel } from '@freshet/shared/ports/announcer';
import type { ResolvedServingOptions } from './config.js';
import type { Engine } from './engine.js';
import type { LogFollower } from './follow/log-follower.js';
import { startPump } from './follow/pump.js';
import { loadModels, type Models } from './load-first.js';
import { keepProbes } from './probes/keep-probes.js';
import { keepLists, keepOutcomes } from './recommendation-log/keep.js';
import { registerAnswers } from './routes/answers.js';
import { registerExplanations } from './routes/explanations.js';
import { registerHistory } from './routes/history.js';
import { registerItems } from './routes/items.js';
import { registerLabels } from './routes/labels.js';
import { registerOutcomes } from './routes/outcomes.js';
import { registerModels } from './routes/models.js';
import { registerNext } from './routes/next.js';
import { registerQuality } from './routes/quality.js';
import { registerRefits } from './routes/refits.js';
import { registerSearch } from './routes/search.js';
import { registerSearchWeights } from './routes/search-weights.js';
import { registerRules } from './routes/rules.js';
import { registerTail } from './routes/tail.js';
import { registerTraces } from './routes/traces.js';
import { registerUsers } from './routes/users.js';
import { followWeights } from './search/follow-weights.js';
import { tendLists } from './retrieval/tend-lists.js';
import { openTokens } from './token/tokens.js';
import { addReadiness } from './readiness.js';
import { startUpkeep } from './upkeep.js';
import { warmUp } from './warm-up.js';
import type { ServingDeps } from './deps.js';
import { createEngine } from './make-engine.js';
import { createParts, loadLog } from './parts.js';

export interface Serving extends Service {
  /** Where this process stands; undefined while it loads. */
  status(): { readonly version: number; readonly learned: number; readonly logged: number } | undefined;
}

export function startServing(options: ResolvedServingOptions, deps: ServingDeps): Serving {
  let engine: Engine | undefined;
  const current = (): Engine => {
    if (engine === undefined) throw new UnavailableError('serving_starting', 'This process is still loading the model.');
    return engine;
  };
  for (const register of [registerAnswers, registerExplanations, registerHistory, registerItems, registerModels, registerNext, registerQuality, registerSearch, registerSearchWeights, registerTail, registerTraces]) register(deps.http, current);
  registerRefits(deps.http, { ...deps, defaults: options.refit });
  registerRules(deps.http, { ...deps, engine: current });
  registerUsers(deps.http, { ...deps, engine: current });
  registerOutcomes(deps.http, { ...deps, ...options.recommendationLog });
  registerLabels(deps.http, { ...deps, engine: () => engine });
  const service = startService(async (context) => {
    context.owner.defer('readiness', addReadiness(deps.http, () => engine));
    engine = await start(options, deps, context);
  });
  return { ...service, status: () => (engine === undefined ? undefined : statusOf(engine)) };
}

function statusOf(engine: Engine): { version: number; learned: number; logged: number } {
  return { version: engine.view().position.version, learned: engine.view().position.applied, logged: engine.progress.positions().log };
}

async function start(options: ResolvedServingOptions, deps: ServingDeps, context: ServiceContext): Promise<Engine> {
  setMaxListeners(0, context.signal);
  const parts = await createParts(options, deps);
  context.owner.defer('searcher', () => parts.searcher.close());
  const log = await loadLog(options, deps, parts);
  context.owner.defer('journal', () => parts.journal.settled());
  const models = await loadModels(options, deps, { parts, signal: context.signal });
  const tokens = await openTokens(deps.secrets);
  const searchWeights = await followWeights(options, deps, context);
  const engine = createEngine(options, deps, { parts, models, tokens, searchWeights, stopping: deps.stopping ?? context.signal });
  await warmUp(parts.kernel, engine.ranker, options.model);
  await catchUp(deps, log, models);
  await parts.searcher.settled();
  parts.metrics.caughtUp();
  follow(options, deps, { context, models, log, people: parts.people });
  keepProbes(engine, { ...deps, seed: options.model.seed }, context);
  context.owner.defer('lists', tendLists(parts.pool, context.signal));
  keepLists(parts.lists, deps, context);
  if (options.upkeep) {
    keepOutcomes(options, deps, context);
    const { view, quarantined } = models.follower;
    const isHeldUp = (): boolean => quarantined() !== undefined;
    startUpkeep(options, deps, { context, view, isHeldUp, people: parts.people, shelf: parts.shelf, rules: parts.rules.book, profiles: parts.profiles, seq: () => log.seq });
  }
  const { set, position } = engine.view();
  deps.log.info('serving', { version: position.version, log: log.seq, items: Math.max(0, set.rows - 1) });
  return engine;
}

/** All there is now; a refused version doesn't keep the process from serving the last good one. */
async function catchUp(deps: ServingDeps, log: LogFollower, { follower }: Models): Promise<void> {
  await log.step();
  await follower.catchUp().catch((thrown: unknown) => {
    if (!(thrown instanceof CorruptionError)) throw thrown;
    deps.log.warn('starting with the last sound version', { version: follower.view().position.version, code: thrown.code });
  });
}

function follow(options: ResolvedServingOptions, deps: ServingDeps, made: { context: ServiceContext; models: Models; log: LogFollower; people: People }): void {
  const { context, models, log, people } = made;
  const pump = (channel: Channel, work: () => Promise<void>, pollMs = options.pollMs): void => {
    const failed = (error: Error, retryInMs: number): void => {
      if (channel === 'log' && error instanceof CorruptionError) return context.fail(error);
      deps.log.warn(`following the ${channel} failed; trying again`, { retry_ms: retryInMs, error });
    };
    const running = startPump({ clock: deps.clock, pollMs, signal: context.signal, work, failed });
    context.owner.defer(`${channel} listener`, deps.announcer.listen(channel, running.wake));
    context.owner.defer(`${channel} follower`, () => running.done);
  };
  pump('delta', models.follower.step);
  pump('label', models.pinning.step, options.labelPollMs);
  // Apart: a rollback doesn't wait for a canary that is being loaded.
  pump('label', models.beside.step, options.labelPollMs);
  pump('label', models.preparing.step, options.labelPollMs);
  pump('log', log.step);
  const sweeping = startPump({
    clock: deps.clock,
    pollMs: SWEEP_MS,
    signal: context.signal,
    work: people.sweep,
    failed: (error) => deps.log.warn('idle histories could not be dropped from memory; trying again', { error }),
  });
  context.owner.defer('sweeper', () => sweeping.done);
}
