/** Rows of other hyperparameters would be misread, not merely less good. */
import { CorruptionError } from '@freshet/shared/errors';

export function checkConfig(theirs: number, ours: number): void {
  if (theirs !== ours) {
    throw new CorruptionError('delta_config', `the delta was made with other hyperparameters (${theirs.toString(16)}) than this process has (${ours.toString(16)})`);
  }
}
