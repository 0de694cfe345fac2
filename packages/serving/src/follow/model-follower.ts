/**
 * Follows the delta log: reads, checks, applies in place.
 *
 * 1. A delta is checked whole (chain, format, values) before the first row of it is written; then it is applied, and the
 *    view replaced, in one synchronous step, or, if it has very many rows, with those that wait behind it into another table set: every
 *    answer comes from exactly one version.
 * 2. A delta that fails its check is read once more; if it fails again it is quarantined and the old model goes on
 *    serving. From then on every try looks for a repaired row and for a snapshot that gets past it, and asks for one.
 * 3. A snapshot is loaded aside, into another table set, and the view is replaced when it is whole. So is a promoted candidate: its
 *    version's rows belong on its own snapshot, never on the tables of the version before it; where it was loaded before its promotion (preparing), they are
 *    written there and answers come from it. Both are tried first (probation): a snapshot may be
 *    refused for it, a promotion isn't, because it has passed its gate and the other processes go over to it.
 */
import type { Delta } from '@freshet/shared/codec/delta';
import { CorruptionError, toError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import { apply, applyInTurns, START, verify } from '@freshet/shared/model/load';
import type { Clock } from '@freshet/shared/ports/clock';
import type { DeltaRecord } from '@freshet/shared/ports/delta-log';
import type { Probation } from '../probation/probation.js';
import type { TableSet } from '../store/table-set.js';
import { applyAside, isLarge, rowsOf } from './apply-aside.js';
import { type Asked, check, type Step } from './check-step.js';
import type { Journal } from './journal.js';
import { type AsideParts, loadAside } from './load-aside.js';
import type { ModelMetrics } from './model-metrics.js';
import type { ModelView } from './model-view.js';
import { type Prepared, type Preparing, writePromotion } from './preparing.js';
import { noteFigures, tryOut, wentOver } from './rebuild.js';
import { createSlices } from './slices.js';
import { createTurns, type Turns } from './turns.js';
import { describeVersion, type Versions } from './versions.js';

export interface ModelFollower {
  /** The model that answers come from. Hold it for one synchronous block only. */
  view(): ModelView;
  /** Applies all that is there now. Rejects while a version is quarantined. */
  step(): Promise<void>;
  /** The same for a process that doesn't answer yet: nobody sees a version that is half written. */
  catchUp(): Promise<void>;
  /** The version that could not be applied, if any. */
  quarantined(): Quarantine | undefined;
}

export interface Quarantine {
  readonly version: number;
  readonly reason: string;
}

export interface ModelFollowerParts extends AsideParts {
  readonly probation: Probation;
  readonly versions: Versions;
  readonly metrics: ModelMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly journal: Pick<Journal, 'note'>;
  readonly preparing: Pick<Preparing, 'take'>;
  /** Told after every swap, in the same synchronous step. */
  readonly moved: (view: ModelView) => void;
  /** Asks the other processes for a snapshot past a refused version. */
  readonly askForSnapshot: (version: number) => void;
}

/** Deltas read at once. */
const PAGE = 64;

/** Loads the newest snapshot and starts from there. Rejects with a `CorruptionError` when it can't be read. */
export async function createModelFollower(parts: ModelFollowerParts): Promise<ModelFollower> {
  const state: State = { view: await loadFirst(parts), bad: undefined, objectedTo: undefined, answers: true };
  parts.moved(state.view);
  const step = async (): Promise<void> => {
    try {
      await applyAll(parts, state);
    } catch (thrown) {
      if (!(thrown instanceof CorruptionError)) throw thrown;
      await secondTry(parts, state, thrown);
    }
  };
  return {
    view: () => state.view,
    quarantined: () => state.bad,
    step,
    async catchUp() {
      state.answers = false;
      await step().finally(() => (state.answers = true));
    },
  };
}

interface State {
  view: ModelView;
  bad: Quarantine | undefined;
  /** The snapshot past a refused version whose trial objected to it: a newer one is tried, and any by a process that is started anew. */
  objectedTo: number | undefined;
  /** Whether anybody may be answered from the view. */
  answers: boolean;
}

function swap(parts: ModelFollowerParts, state: State, next: ModelView): void {
  state.view = next;
  state.bad = undefined;
  parts.moved(next);
}

async function applyAll(parts: ModelFollowerParts, state: State): Promise<void> {
  const slices = createSlices();
  for (;;) {
    const seenAt = parts.clock.now();
    const page = await parts.deltas.read(state.view.position.version, PAGE);
    if (page.length === 0) return;
    const records = page.map((record) => seen(record, seenAt));
    for (let next = 0; next < records.length; ) {
      const applied = await applyNext(parts, state, records.slice(next));
      next += applied;
      const record = records[next];
      if (applied === 0 && record !== undefined) {
        await loadPromoted(parts, state, record);
        // It may have moved past the rest of the page.
        break;
      }
      await slices.rest();
    }
  }
}

/** The trainer can only stamp when it began to commit; what counts is when a reader could see it (docs/decisions/005). */
function seen(record: DeltaRecord, seenAt: number): DeltaRecord {
  return { ...record, timings: { ...record.timings, committedAt: Math.max(record.timings.committedAt, seenAt) } };
}

/** Applies the first of these records, or some in one step, and returns how many; 0, and nothing is written, for a promotion. */
async function applyNext(parts: ModelFollowerParts, state: State, records: readonly DeltaRecord[]): Promise<number> {
  const { view } = state;
  const turns = createTurns(parts.metrics.stalled);
  const first = await check(parts.configHash, view, { record: records[0], position: view.position, turns });
  if (first === undefined) return 0;
  const applied = await write(parts, state, { first, records, turns });
  turns.done();
  return applied;
}

interface Writing {
  readonly first: Step;
  readonly records: readonly DeltaRecord[];
  readonly turns: Turns;
}

async function write(parts: ModelFollowerParts, state: State, writing: Writing): Promise<number> {
  const { first, turns } = writing;
  const { delta } = first.verified;
  const { set } = state.view;
  // A copy would forget how many rows lie behind the capacity, and that this process must not cut snapshots.
  const aside = isLarge(delta) && set.dropped === 0 && state.answers;
  if (aside) return await applyRun(parts, state, writing);
  if (!state.answers) await applyInTurns(delta, set, turns.rest);
  // Guarantee 1: from the first write to the new view nothing else runs.
  else apply(delta, set);
  follow(parts, state, { steps: [first], set });
  return 1;
}

/**
 * The first record and those behind it into one copy, also those that are read only then, until they have as many rows as the copy: up to a promotion, or one
 * that fails its check, which is then the first of what is left. Returns how many of `records` there were, or all.
 */
async function applyRun(parts: ModelFollowerParts, state: State, { first, records, turns }: Writing): Promise<number> {
  const { view } = state;
  const steps: Step[] = [];
  const waiting = records.slice(1);
  const recordBehind = async (version: number, written: number): Promise<DeltaRecord | undefined> => {
    if (waiting.length === 0 && written < view.set.rows) {
      const seenAt = parts.clock.now();
      turns.done();
      for (const record of await parts.deltas.read(version, PAGE)) waiting.push(seen(record, seenAt));
      turns.begin();
    }
    return waiting.shift();
  };
  const deltas = async function* (): AsyncGenerator<Delta> {
    let written = 0;
    for (let step: Step | undefined = first; step !== undefined; ) {
      steps.push(step);
      yield step.verified.delta;
      written += rowsOf(step.verified.delta);
      const position = step.verified.next;
      const asked: Asked = { record: await recordBehind(position.version, written), position, turns };
      step = await check(parts.configHash, view, asked).catch((thrown: unknown) => {
        if (thrown instanceof CorruptionError) return undefined;
        throw thrown;
      });
    }
  };
  const set = await applyAside(view.set, deltas(), { pool: parts.pool, turns });
  follow(parts, state, { steps, set });
  parts.pool.give(view.set);
  return Math.min(steps.length, records.length);
}

/** Answers come from the last of these versions, whose rows are in `set`. */
function follow(parts: ModelFollowerParts, state: State, { steps, set }: { readonly steps: readonly Step[]; readonly set: TableSet }): void {
  const last = steps.at(-1);
  if (last === undefined) return;
  const learnedMs = Math.max(state.view.learnedMs, ...steps.map(({ record }) => record.timings.receivedAt));
  swap(parts, state, { set, position: last.verified.next, learnedMs, epoch: last.record.epoch });
  const now = parts.clock.now();
  for (const { record, verified } of steps) {
    parts.versions.add(describeVersion(record, verified.delta, now));
    parts.metrics.applied({ timings: record.timings, now });
  }
}

/** A version that begins a lineage: its snapshot, or a later one (guarantee 3). */
async function loadPromoted(parts: ModelFollowerParts, state: State, record: DeltaRecord): Promise<void> {
  const verified = verify(record, state.view.position);
  const prepared = await parts.preparing.take(record.version);
  if (prepared !== undefined) return await goOver(parts, state, { step: { record, verified }, prepared });
  const { receivedAt } = record.timings;
  if (!(await passBySnapshot(parts, state, 'promoted'))) {
    throw new CorruptionError('promotion_snapshot', `the snapshot that version ${record.version} begins with could not be loaded`);
  }
  state.view = { ...state.view, learnedMs: Math.max(state.view.learnedMs, receivedAt), epoch: record.epoch };
  parts.versions.add(describeVersion(record, verified.delta, parts.clock.now()));
}

/** Where its rows can't be written the next try is by the snapshot. */
async function goOver(parts: ModelFollowerParts, state: State, { step, prepared: { set, figures } }: { readonly step: Step; readonly prepared: Prepared }): Promise<void> {
  const { view } = state;
  await writePromotion(parts, set, step.verified.delta);
  follow(parts, state, { steps: [step], set });
  parts.pool.give(view.set);
  const swapped = { version: step.record.version, previous: view.position.version };
  noteFigures(parts.journal, figures, { ...swapped, name: 'promoted' });
  wentOver(parts, { ...swapped, why: 'prepared' });
}

/** Guarantee 2: the bytes may have been broken on their way only. */
async function secondTry(parts: ModelFollowerParts, state: State, first: CorruptionError): Promise<void> {
  try {
    await applyAll(parts, state);
    parts.log.warn('a model version was refused at first and sound when read again', { version: state.view.position.version, code: first.code });
  } catch (thrown) {
    if (!(thrown instanceof CorruptionError)) throw thrown;
    quarantine(parts, state, thrown);
    if (!(await passBySnapshot(parts, state))) {
      parts.askForSnapshot(state.view.position.version + 1);
      throw thrown;
    }
    await applyAll(parts, state);
  }
}

function quarantine(parts: ModelFollowerParts, state: State, error: CorruptionError): void {
  const serving = state.view.position.version;
  const bad = { version: serving + 1, reason: error.code };
  parts.metrics.refused(error.code);
  if (state.bad?.version === bad.version && state.bad.reason === bad.reason) return;
  state.bad = bad;
  parts.journal.note({ kind: 'refused', version: bad.version, previous: serving, reason: `${error.code}: ${error.message}` });
  parts.log.error('a model version was refused; the old one goes on serving', { version: bad.version, serving, code: error.code, error });
}

/** Guarantee 3. False when there is no snapshot that gets past the refused version, or it can't be loaded. */
async function passBySnapshot(parts: ModelFollowerParts, state: State, why: 'snapshot' | 'promoted' = 'snapshot'): Promise<boolean> {
  const snapshot = await parts.snapshots.latest();
  const { view } = state;
  if (snapshot === undefined || snapshot.versionEnd <= view.position.version) return false;
  if (state.objectedTo === snapshot.versionEnd) return false;
  try {
    const next = { ...view, ...(await loadAside(parts, snapshot.versionEnd)) };
    const objection = await tryOut(parts, next, { name: why, serving: () => state.view });
    if (objection !== undefined && why === 'snapshot') {
      state.objectedTo = snapshot.versionEnd;
      parts.pool.give(next.set);
      parts.journal.note({ kind: 'refused', version: snapshot.versionEnd, previous: view.position.version, reason: `snapshot: ${objection.code}: ${objection.message}` });
      throw new CorruptionError(objection.code, objection.message);
    }
    swap(parts, state, next);
  } catch (thrown) {
    const error = toError(thrown);
    parts.metrics.refused(error instanceof CorruptionError ? error.code : 'snapshot_unavailable');
    parts.log.error('a snapshot could not be loaded', { version: snapshot.versionEnd, error });
    return false;
  }
  parts.pool.give(view.set);
  wentOver(parts, { version: snapshot.versionEnd, previous: view.position.version, why });
  return true;
}

async function loadFirst(parts: ModelFollowerParts): Promise<ModelView> {
  const snapshot = await parts.snapshots.latest();
  const { set, position } = snapshot === undefined ? { set: await parts.pool.take(), position: START } : await loadAside(parts, snapshot.versionEnd);
  return { set, position, learnedMs: 0, epoch: 0 };
}
