/**
 * A refit: a model learned from the log from scratch, in log order, in one epoch or several, beside the live trainer; then judged, then written as a candidate.
 *
 * In: the log, the chain of versions, the checkpoint's catalogue. Out: a candidate and what it was measured against, or why not.
 * 1. The last events are kept out of the epochs: on them the candidate and the model that serves are compared. Both begin where the
 *    serving one stood before them, and both rank each event before they learn it, so neither has seen it. That is also how the
 *    candidate catches up.
 * 2. The serving model is of the lineage that serves, and learns what the live one does: with the strategy `full` nothing.
 * 3. Only a candidate that the gate lets through is written. Nothing else is.
 * 4. It looks at `signal` between rounds and pages, and rejects with its reason.
 * 5. The training set is as large as fits beside the model (epochs/fit): where the log has more examples, texts' among them, the oldest make room, and the report says how many.
 * Held in memory: the training set (448 bytes an example with 64 past items), histories of everybody in the log, two models.
 */
import { setImmediate } from 'node:timers/promises';
import { encodeDelta } from '@freshet/shared/codec/delta';
import { decodeDocument } from '@freshet/shared/codec/state';
import type { CustomTypes } from '@freshet/shared/domain/event';
import type { CatalogueChange, LogEntry } from '@freshet/shared/domain/entry';
import { configHash, type ModelConfig } from '@freshet/shared/domain/model-config';
import { judgeCandidate, type Judgement, type PairedOutcome } from '@freshet/shared/domain/quality/judge';
import type { Candidate, CandidateStore } from '@freshet/shared/ports/candidates';
import type { CheckpointStore } from '@freshet/shared/ports/checkpoint';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { RefitOptions, RefitReport } from '@freshet/shared/ports/refit-log';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import type { EngineName } from '../engine/names.js';
import { createFit, type Fit, mostExamples } from '../epochs/fit.js';
import { createLearner } from '../learner/create.js';
import type { Learner } from '../learner/port.js';
import { isTarget } from '../learner/target.js';
import { figuresOf, pair, probeOverlap, TAIL } from './gate.js';
import { loadUpTo } from './load-up-to.js';
import { REFIT_ORDER, refitDropout, type RefitPolicy } from './triggers.js';

export interface RefitStores {
  readonly entries: Pick<EntryLog, 'read' | 'startOf' | 'head'>;
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
  readonly candidates: CandidateStore;
  readonly checkpoint: Pick<CheckpointStore, 'loadItems'>;
}

export interface RefitSettings {
  readonly model: ModelConfig;
  readonly threads: number;
  readonly engine: EngineName;
  readonly maxItems: number;
  readonly maxWords: number;
  readonly customTypes: CustomTypes;
  /** Says whether the live model learns on between refits: the gate's serving model does as that one. */
  readonly refit: Pick<RefitPolicy, 'strategy'>;
  /** Share of the probes' lists that must stay for the gate to let a candidate through. */
  readonly leastOverlap: number;
}

export interface RefitHooks {
  readonly signal: AbortSignal;
  readonly progress: (what: string, done: number, total: number) => void;
}

/** What comes of it; `refused` says why in a sentence. */
export type RefitResult =
  | { readonly made: true; readonly candidate: Candidate; readonly report: RefitReport }
  | { readonly made: false; readonly refused: string; readonly report: RefitReport };

/** Items read at once while the set is made, and while candidate and serving model are compared. */
const PAGE = 4_096;
const TEST_PAGE = 256;

export async function runRefit(settings: RefitSettings, options: RefitOptions, { stores, ...hooks }: RefitHooks & { readonly stores: RefitStores }): Promise<RefitResult> {
  const began = performance.now();
  const fit = await createFit({ ...settings, model: { ...settings.model, historyDropout: refitDropout(options.epochs) }, trustedItems: false, maxExamples: mostExamples(settings) });
  const serving = options.gate === 0 ? undefined : await createLearner({ ...settings, trustedItems: false, hold: settings.refit.strategy === 'full' });
  try {
    const { from, late } = await startOfTail(stores, options.gate, serving);
    await fold(fit, stores, { to: from, hooks });
    const reports = await fit.train({
      epochs: options.epochs, order: REFIT_ORDER, seed: settings.model.seed, now: fit.learner.now(), signal: hooks.signal,
      onProgress: ({ visited, total }) => hooks.progress('learning, examples', visited, total),
    });
    const { dropped } = fit.set();
    fit.goLive();
    serving?.adopt(fit.learner.histories());
    const tail = await catchUp({ candidate: fit.learner, serving, stores, seed: settings.model.seed, hooks }, from);
    const { leastOverlap, model: { seed } } = settings;
    const judgement = serving === undefined ? undefined : judgeCandidate(tail.outcomes, { seed, least: options.gate, leastOverlap, ...(tail.overlap === undefined ? {} : { overlap: tail.overlap }) });
    const report: RefitReport = {
      examples: reports[0]?.examples ?? 0, epochs: options.epochs, seconds: Math.round(performance.now() - began) / 1_000, applied: tail.applied, items: fit.learner.rows() - 1,
      ...(dropped > 0 && { dropped }),
      ...(judgement === undefined ? {} : { gate: figuresOf(judgement, tail.overlap) }),
    };
    if (judgement?.promote === false) return { made: false, refused: refusedBecause(judgement, late), report };
    return { made: true, candidate: await write(fit.learner, settings.model, stores), report };
  } finally {
    await fit.close();
    await serving?.close();
  }
}

interface Start {
  /** The entry behind which the two are compared. */
  readonly from: number;
  /** In words, when the serving model isn't stored as it was before the events that were asked for. */
  readonly late?: string;
}

/** The serving model is loaded as it was there. */
async function startOfTail(stores: RefitStores, gate: number, serving: Learner | undefined): Promise<Start> {
  if (serving === undefined) return { from: await stores.entries.head() };
  const wanted = await stores.entries.startOf(TAIL * gate);
  const { applied, version } = await loadUpTo(stores, serving.sink, wanted);
  return { from: applied, ...(applied > wanted && { late: `only entries behind ${applied} are compared: the model that serves is stored from version ${version} on` }) };
}

/** What begins late is said where it explains something. */
function refusedBecause({ refusals }: Judgement, late: string | undefined): string {
  return refusals.map(({ code, message }) => `${code}: ${message}${code === 'too_few_events' && late !== undefined ? ` (${late})` : ''}`).join('; ');
}

/** Makes the training set: the log up to `to`, and what the catalogue says of items that the log has forgotten. */
async function fold(fit: Fit, stores: RefitStores, { to, hooks }: { readonly to: number; readonly hooks: RefitHooks }): Promise<void> {
  const known: CatalogueChange[] = [];
  await stores.checkpoint.loadItems((bytes) => {
    const { id, fields, deleted } = decodeDocument(bytes);
    if (!deleted) known.push({ op: 'put', id, fields });
  });
  await fit.learner.learn([{ kind: 'catalogue', changes: known, seq: 0, source: 'refit', receivedAt: 0, historical: true }]);
  for (let seq = 0; seq < to; ) {
    hooks.signal.throwIfAborted();
    const page = upTo(await stores.entries.read(seq, PAGE), to);
    if (page.length === 0) return;
    await fit.learner.learn(page);
    seq = page.at(-1)?.seq ?? seq;
    hooks.progress('reading the log, entries', seq, to);
    await setImmediate();
  }
}

interface Compared {
  readonly candidate: Learner;
  readonly serving: Learner | undefined;
  readonly stores: RefitStores;
  readonly seed: number;
  readonly hooks: RefitHooks;
}

interface Tail {
  readonly applied: number;
  readonly outcomes: readonly PairedOutcome[];
  readonly overlap: number | undefined;
}

/** Learns on from `from` to the log's end; where there is a serving model, both rank each event first, and are asked for the probes' lists at the end. */
async function catchUp(compared: Compared, from: number): Promise<Tail> {
  const { candidate, serving, stores, seed, hooks } = compared;
  const head = await stores.entries.head();
  const outcomes: PairedOutcome[] = [];
  let applied = from;
  const step = async (theirs: Learner | undefined): Promise<boolean> => {
    hooks.signal.throwIfAborted();
    const page = await stores.entries.read(applied, TEST_PAGE);
    if (page.length === 0) return false;
    outcomes.push(...(await learnPage(candidate, theirs, page)));
    applied = page.at(-1)?.seq ?? applied;
    hooks.progress('comparing, entries', Math.min(applied, head) - from, head - from);
    await setImmediate();
    return true;
  };
  while (applied < head && (await step(serving)));
  const overlap = serving === undefined ? undefined : await probeOverlap(candidate, serving, seed);
  // What came while the comparison ran is learned by the candidate alone: the serving model is needed no more.
  while (await step(undefined));
  return { applied, outcomes, overlap };
}

async function learnPage(candidate: Learner, serving: Learner | undefined, page: readonly LogEntry[]): Promise<PairedOutcome[]> {
  const options = { evaluate: ({ event }: Parameters<typeof isTarget>[0]) => serving !== undefined && isTarget({ event }), floors: true };
  const ours = await candidate.learn(page, options);
  if (serving === undefined) return [];
  const theirs = await serving.learn(page, options);
  const events = page.flatMap((entry) => (entry.kind === 'events' ? entry.events : []));
  return pair(ours.ranks, theirs.ranks, (index) => events[index]);
}

async function write(learner: Learner, model: ModelConfig, { candidates }: RefitStores): Promise<Candidate> {
  const writer = candidates.begin();
  const header = { flags: 0, version: 0, fromSeq: 0, toSeq: 0, learnedMs: learner.now(), epoch: 0, dim: model.dim, configHash: configHash(model), trainingHash: 0 };
  for (const slice of learner.whole()) await writer.chunk(encodeDelta({ header, ...slice }));
  return writer.finish();
}

function upTo(entries: readonly LogEntry[], seq: number): readonly LogEntry[] {
  return entries.filter((entry) => entry.seq <= seq);
}
