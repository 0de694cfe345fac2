/**
 * Refits during one term as leader: takes the one that was asked for, lets the runner make its candidate, loads that aside, and hands
 * it to the loop. The live model learns on all the while.
 *
 * 1. What it does next is read from the refit's stored state, so a new leader goes on where the last one was lost: a refit that was
 *    running begins anew, one whose candidate is written is loaded again.
 * 2. What fails is noted with its reason and never ends the term. A refused candidate leaves a model event.
 */
import { setImmediate } from 'node:timers/promises';
import { toError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import { loadCandidate } from '@freshet/shared/model/load';
import type { CandidateStore } from '@freshet/shared/ports/candidates';
import type { Clock } from '@freshet/shared/ports/clock';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { ModelEvents } from '@freshet/shared/ports/model-events';
import type { Refit, RefitLog, RefitReport } from '@freshet/shared/ports/refit-log';
import type { Learner } from '../learner/port.js';
import type { Presence } from '../presence.js';
import { type Aside, type LoadedCandidate, stepCandidate } from './aside.js';
import type { Learners } from './learners.js';
import type { RefitRun, RefitRunner } from './runner.js';

export interface SupervisorParts {
  readonly refits: RefitLog;
  readonly runner: RefitRunner;
  readonly candidates: CandidateStore;
  readonly modelEvents: Pick<ModelEvents, 'add'>;
  readonly entries: Pick<EntryLog, 'read'>;
  readonly presence: Presence;
  readonly learners: Learners;
  /** Gives a learner the items' texts. */
  readonly recall: (learner: Learner) => Promise<void>;
  /** Of the leader. */
  readonly epoch: number;
  /** The version that serves. */
  readonly version: () => number;
  /** Called each time nothing is under way. */
  readonly idle: () => Promise<void>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'refits'>;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface Supervisor {
  readonly aside: Aside;
  /** Resolves when the term is over and nothing of it runs any more. */
  readonly done: Promise<void>;
}

const LOOK_MS = 1_000;
/**
 * From when a candidate is loaded here to its promotion, and as long again as that took: who answers looks for it each second (serving's labelPollMs), loads it meanwhile
 * and tries it.
 */
const HAND_OVER_MS = 3_000;

interface State {
  run: RefitRun | undefined;
  loaded: (LoadedCandidate & { readonly refit: Refit; /** Not before: the processes that answer load it, too. */ readonly dueAt: number }) | undefined;
  /** The loop has it; its version isn't committed yet. */
  promoting: boolean;
}

export function startSupervisor(parts: SupervisorParts): Supervisor {
  const state: State = { run: undefined, loaded: undefined, promoting: false };
  const stop = (): void => state.run?.stop();
  parts.signal.addEventListener('abort', stop, { once: true });
  return { aside: asideOf(parts, state), done: watch(parts, state) };
}

async function watch(parts: SupervisorParts, state: State): Promise<void> {
  const { clock, log, signal } = parts;
  while (!signal.aborted) {
    try {
      await look(parts, state);
    } catch (thrown) {
      if (!signal.aborted) log.warn('a refit could not be looked after; trying again', { error: toError(thrown).message });
    }
    await clock.sleep(LOOK_MS, signal);
  }
}

async function look(parts: SupervisorParts, state: State): Promise<void> {
  if (state.loaded !== undefined || state.promoting) return;
  const refit = await parts.refits.underWay();
  if (refit === undefined) return parts.idle();
  if (refit.state === 'ready') await load(parts, state, refit);
  else await run(parts, state, refit);
}

/** Until its candidate is made, or why there is none is noted. */
async function run(parts: SupervisorParts, state: State, refit: Refit): Promise<void> {
  const { refits, runner, epoch, log, signal } = parts;
  if (!(await refits.begin(refit.id, epoch))) return;
  log.info('a refit begins beside the live model', { refit: refit.id, reason: refit.reason, ...refit.options });
  state.run = runner.run(refit.options);
  try {
    const result = await state.run.result;
    if (signal.aborted) return;
    const { examples, dropped } = result.report;
    if (dropped !== undefined) log.warn('a refit has learned the newest of the log’s examples only: more don’t fit beside the model', { refit: refit.id, examples, dropped });
    if (!result.made) await end(parts, refit, { state: 'refused', outcome: result.refused, report: result.report });
    else await refits.ready(refit.id, epoch, result);
  } catch (thrown) {
    // The next leader begins it anew.
    if (!signal.aborted) await end(parts, refit, { state: 'failed', outcome: toError(thrown).message });
  } finally {
    state.run = undefined;
  }
}

async function load(parts: SupervisorParts, state: State, refit: Refit): Promise<void> {
  const { candidates, learners, clock, log, signal } = parts;
  const { candidate, report } = refit;
  try {
    if (candidate === undefined || report === undefined) throw new TypeError('its candidate was not noted');
    const learner = await learners.takeSpare();
    const rest = async (): Promise<void> => {
      await setImmediate();
      signal.throwIfAborted();
    };
    const began = clock.now();
    await loadCandidate(candidates, candidate, { sink: learner.sink, rest });
    await parts.recall(learner);
    await learner.adoptWords(learners.live.itemWords(), rest);
    learner.adopt(learners.live.histories());
    const now = clock.now();
    state.loaded = { learner, applied: report.applied, refit, dueAt: now + HAND_OVER_MS + (now - began) };
    log.info('a candidate is loaded beside the live model', { refit: refit.id, applied: report.applied });
  } catch (thrown) {
    if (signal.aborted) return;
    await end(parts, refit, { state: 'failed', outcome: `its candidate could not be loaded: ${toError(thrown).message}` });
    if (candidate !== undefined) await candidates.drop(candidate.id);
  }
}

interface Ended {
  readonly state: 'refused' | 'failed';
  readonly outcome: string;
  readonly report?: RefitReport;
}

async function end({ refits, modelEvents, metrics, log, version }: SupervisorParts, refit: Refit, { state, outcome, report }: Ended): Promise<void> {
  await refits.end(refit.id, state, { outcome, report });
  metrics.refits.inc({ result: state });
  log[state === 'failed' ? 'error' : 'warn'](state === 'failed' ? 'a refit failed' : 'a refit’s candidate was kept out by the gate', { refit: refit.id, outcome });
  await modelEvents.add({ kind: 'refused', version: version(), replica: '', reason: `refit ${refit.id} ${state}: ${outcome}` });
}

function asideOf(parts: SupervisorParts, state: State): Aside {
  return {
    step: async (taken) => state.loaded !== undefined && stepCandidate(state.loaded, taken, parts),
    takeDue(taken) {
      const { loaded } = state;
      const candidate = loaded?.refit.candidate;
      if (loaded?.applied !== taken || candidate === undefined || parts.clock.now() < loaded.dueAt) return undefined;
      const { refit, learner } = loaded;
      state.loaded = undefined;
      state.promoting = true;
      return {
        learner,
        promotion: { candidate, kind: 'refit', reason: reasonOf(refit) },
        promoted(version) {
          parts.learners.swap();
          state.promoting = false;
          parts.metrics.refits.inc({ result: 'promoted' });
          parts.log.info('a refit’s candidate is the live model', { refit: refit.id, version });
        },
      };
    },
  };
}

function reasonOf({ id, reason, options, report }: Refit): string {
  const gate = report?.gate;
  const figures = gate === undefined ? 'no gate' : `HR@10 ${gate.candidate.hr_10.toFixed(4)} against ${gate.serving.hr_10.toFixed(4)}, NDCG@10 ${gate.candidate.ndcg_10.toFixed(4)} against ${gate.serving.ndcg_10.toFixed(4)} on ${gate.events} events`;
  return `refit ${id} (${reason}), ${options.epochs} epochs: ${figures}`;
}
