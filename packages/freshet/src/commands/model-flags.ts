/** Options that name hyperparameters, checked. */
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import { UsageError } from '@freshet/shared/errors';

export function modelFlags(flags: { readonly dim?: string; readonly negatives?: string; readonly batch?: string }): Partial<ModelConfig> {
  return {
    ...(flags.dim === undefined ? {} : { dim: whole('--dim', flags.dim) }),
    ...(flags.negatives === undefined ? {} : { negatives: whole('--negatives', flags.negatives) }),
    ...(flags.batch === undefined ? {} : { batch: whole('--batch', flags.batch) }),
  };
}

function whole(option: string, text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new UsageError('option_value', `${option} takes a whole number, not “${text}”`);
  return Number(text);
}
