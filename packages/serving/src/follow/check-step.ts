/** Whether a record of the delta log fits behind the versions before it: its place in the chain, its bytes, its shape and hyperparameters. */
import { isPromotion } from '@freshet/shared/codec/delta';
import { type Verified, verify, verifyInTurns } from '@freshet/shared/model/load';
import type { DeltaRecord } from '@freshet/shared/ports/delta-log';
import { checkConfig } from './check-config.js';
import type { ModelView } from './model-view.js';
import type { Turns } from './turns.js';

/** Bytes of a delta that are checked in the step that applies it: a millisecond. */
const VERIFIED_AT_ONCE = 128 * 1024;

/** A record that fits behind what came before it. */
export interface Step {
  readonly record: DeltaRecord;
  readonly verified: Verified;
}

export interface Asked {
  readonly record: DeltaRecord | undefined;
  /** Where it must fit. */
  readonly position: ModelView['position'];
  readonly turns: Turns;
}

/** Undefined for a promotion, or without a record. Rejects with a `CorruptionError`. */
export async function check(configHash: number, { set }: ModelView, { record, position, turns }: Asked): Promise<Step | undefined> {
  if (record === undefined) return undefined;
  const verified = record.bytes.length > VERIFIED_AT_ONCE ? await verifyInTurns(record, position, turns.rest) : verify(record, position);
  const { header } = verified.delta;
  if (isPromotion(header)) return undefined;
  set.accept(header);
  checkConfig(header.configHash, configHash);
  return { record, verified };
}
