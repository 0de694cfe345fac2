/**
 * Turns a cut into a committed delta.
 *
 * 1. One delta is in flight at most; the next round trains meanwhile.
 * 2. A commit whose outcome is unknown is repeated with the same bytes for the same version until Postgres says what
 *    happened; its examples are never trained again.
 * 3. `fenced` is final: another leader has taken over, everything in memory is void.
 */
import { chainChecksum, encodeDelta, FLAG_PROMOTED, type RoundSizes, withSizes } from '@freshet/shared/codec/delta';
import { configHash, type ModelConfig, trainingHash } from '@freshet/shared/domain/model-config';
import { CorruptionError, FencedError, toError } from '@freshet/shared/errors';
import { checkDelta } from '@freshet/shared/model/check';
import type { ModelPosition } from '@freshet/shared/model/load';
import type { Announcer } from '@freshet/shared/ports/announcer';
import type { Clock } from '@freshet/shared/ports/clock';
import type { DeltaLog, DeltaRecord, DeltaTimings, Promotion } from '@freshet/shared/ports/delta-log';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Cut } from '../learner/port.js';

export interface PublisherDeps {
  readonly deltas: DeltaLog;
  readonly announcer: Announcer;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface Publication {
  readonly cut: Cut;
  readonly toSeq: number;
  readonly learnedMs: number;
  readonly flags: number;
  /** What the round had, where it wasn't the model's. */
  readonly sizes?: RoundSizes | undefined;
  readonly timings: Omit<DeltaTimings, 'committedAt'>;
  /** The cut is a candidate's: its rows belong on what was stored of it. */
  readonly promotion?: Promotion | undefined;
}

export interface Publisher {
  /** Encodes and commits; resolves with the delta's size once it is durable. Call it again only after that. */
  publish(publication: Publication): Promise<number>;
  readonly position: ModelPosition;
}

/** Waits between repetitions of a commit whose outcome is unknown; the last one repeats. */
const RETRY_MS = [20, 50, 100, 250, 500, 1_000];

export interface PublisherStart {
  readonly position: ModelPosition;
  readonly epoch: number;
  readonly model: ModelConfig;
  readonly signal: AbortSignal;
}

export function createPublisher(deps: PublisherDeps, start: PublisherStart): Publisher {
  let position = start.position;
  const { model } = start;
  const hyperparameters = { dim: model.dim, configHash: configHash(model), trainingHash: trainingHash(model) };

  const record = (publication: Publication): DeltaRecord => {
    const version = position.version + 1;
    const fromSeq = position.applied + 1;
    const { toSeq, learnedMs, cut } = publication;
    const flags = withSizes(publication.flags | (publication.promotion === undefined ? 0 : FLAG_PROMOTED), publication.sizes);
    const header = { flags, version, fromSeq, toSeq, learnedMs, epoch: start.epoch, ...hyperparameters };
    // What followers would refuse must not enter the chain: nobody could get past it.
    checkDelta({ header, tables: cut.tables });
    const bytes = encodeDelta({ header, vocabulary: cut.vocabulary, tables: cut.tables });
    const timings = { ...publication.timings, committedAt: deps.clock.now() };
    return { version, epoch: start.epoch, fromSeq, toSeq, bytes, checksum: chainChecksum(position.checksum, bytes), timings };
  };

  return {
    get position() {
      return position;
    },
    async publish(publication) {
      const delta = record(publication);
      await commitSurely(deps, { delta, promotion: publication.promotion }, start.signal);
      position = { version: delta.version, applied: delta.toSeq, checksum: delta.checksum };
      deps.announcer.announce('delta', delta.version);
      count(deps.metrics, publication.cut, delta);
      return delta.bytes.length;
    },
  };
}

async function commitSurely(deps: PublisherDeps, { delta, promotion }: { readonly delta: DeltaRecord; readonly promotion: Promotion | undefined }, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const began = performance.now();
    try {
      const result = await (promotion === undefined ? deps.deltas.commit(delta) : deps.deltas.promote(delta, promotion));
      if (result === 'fenced') throw new FencedError('fenced', `another trainer has taken over before version ${delta.version}`);
      deps.metrics.deltaCommit.observe((performance.now() - began) / 1_000);
      return;
    } catch (thrown) {
      // A candidate that is gone doesn't come back.
      if (thrown instanceof FencedError || thrown instanceof CorruptionError) throw thrown;
      if (signal.aborted) throw new FencedError('leadership_lost', `leadership was lost while version ${delta.version} was being committed`, { cause: thrown });
      deps.log.warn('commit outcome unknown: sending the same bytes again', { version: delta.version, attempt, error: toError(thrown).message });
      await deps.clock.sleep(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 1_000, signal);
    }
  }
}

function count(metrics: Metrics, cut: Cut, delta: DeltaRecord): void {
  for (const rows of cut.tables) metrics.deltaRows.inc({ table: rows.table }, rows.ids.length);
  metrics.deltaBytes.inc(delta.bytes.length);
  metrics.modelLatestVersion.set(delta.version);
}
