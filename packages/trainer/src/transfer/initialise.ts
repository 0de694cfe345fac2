/** The first leader of an empty database begins with what `--init-from` names; a database that has a model is left alone. */
import type { Logger } from '@freshet/shared/logger';
import type { ResolvedTrainerOptions } from '../config.js';
import { importModel, type ImportStores } from './import.js';
import { readSource } from './source.js';

export type InitialiseOptions = Pick<ResolvedTrainerOptions, 'initFrom' | 'model' | 'maxItems' | 'maxWords'>;

export async function initialise({ initFrom, model, maxItems, maxWords }: InitialiseOptions, stores: ImportStores & { readonly log: Logger }, epoch: number): Promise<void> {
  if (initFrom === undefined) return;
  const { version } = await stores.deltas.state();
  if (version > 0) return stores.log.info('the database holds a model already: init_from is not used', { version, init_from: initFrom.path });
  const rows = await readSource({ ...initFrom, model, maxItems, maxWords });
  const { items } = await importModel(stores, rows, { model, epoch, reason: `began with ${initFrom.path}` });
  stores.log.info('the model begins with imported rows', { init_from: initFrom.path, items });
}
