/** Export and import of a stored model: the database that is meant, its stores, and the trainer's own reading and writing. */
import { postgresCandidates } from '@freshet/shared/adapters/postgres/candidates';
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { postgresSnapshotStore } from '@freshet/shared/adapters/postgres/snapshot-store';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { UsageError } from '@freshet/shared/errors';
import { createOwner } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import { exportModel, type ExportResult } from '@freshet/trainer/transfer/export';
import { importModel } from '@freshet/trainer/transfer/import';
import { readSource } from '@freshet/trainer/transfer/source';
import { openForBackup, type Say } from '../backup/database.js';
import { hyperparametersOf, type ModelSettings } from '../cli/model-settings.js';
import type { Settings } from '../cli/settings.js';
import { openDatabase } from '../compose/database.js';

/** A trainer that runs holds the right to write; one that has just been stopped gives it back within moments. */
const LEAD_MS = 3_000;

export interface ExportStoredOptions {
  readonly directory: string;
  readonly version: number | undefined;
  readonly release: string;
}

export async function exportStored(place: Pick<Settings, 'databaseUrl' | 'dataDir'>, options: ExportStoredOptions, say: Say): Promise<ExportResult> {
  await using database = await openForBackup(place, say);
  const pool = createPool({ url: database.url, applicationName: 'freshet models export', onError: () => undefined });
  try {
    const stores = { deltas: postgresDeltaLog({ pool, clock: systemClock }), snapshots: postgresSnapshotStore(pool) };
    return await exportModel(stores, { ...options, temperature: DEFAULT_MODEL.temperature });
  } finally {
    await pool.end();
  }
}

export interface ImportIntoOptions {
  readonly path: string;
  /** Begin another lineage where there is a model. */
  readonly replace: boolean;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export interface ImportModelResult {
  readonly path: string;
  readonly version: number;
  readonly items: number;
}

type ImportSettings = Pick<Settings, 'databaseUrl' | 'dataDir' | keyof ModelSettings | 'maxItems' | 'maxWords' | 'initShop' | 'initExperience'>;

export async function importInto(settings: ImportSettings, { path, replace, signal, log }: ImportIntoOptions): Promise<ImportModelResult> {
  const model = { ...DEFAULT_MODEL, ...hyperparametersOf(settings) };
  // Before a database is made for a file that can't be used.
  const rows = await readSource({ path, shop: settings.initShop, experience: settings.initExperience, model, maxItems: settings.maxItems, maxWords: settings.maxWords });
  await using owner = createOwner();
  const { url } = await openDatabase(settings, { owner, log, signal });
  const pool = owner.own('database pool', createPool({ url, applicationName: 'freshet models import', onError: () => undefined }), (it) => it.end());
  const deltas = postgresDeltaLog({ pool, clock: systemClock });
  const lease = await deltas.lead(AbortSignal.any([signal, AbortSignal.timeout(LEAD_MS)])).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw new UsageError('trainer_runs', 'a trainer runs on this database: stop it first', { cause });
  });
  try {
    const { version } = await deltas.state();
    if (version > 0 && !replace) throw new UsageError('model_there', `the database holds a model, version ${version}: with --replace another lineage begins, and that one can be rolled back to`);
    const imported = await importModel({ deltas, candidates: postgresCandidates(pool), clock: systemClock }, rows, { model, epoch: lease.epoch, reason: `imported from ${path}` });
    return { path, ...imported };
  } finally {
    await lease.release();
  }
}
