/** The model as answers see it: one immutable object, replaced in the synchronous step that changes the tables. */
import type { AnsweringLabel } from '@freshet/shared/domain/recommendations';
import type { ModelPosition } from '@freshet/shared/model/load';
import type { TableSet } from '../store/table-set.js';

export interface ModelView {
  readonly set: TableSet;
  readonly position: ModelPosition;
  /** Receipt time of the newest entry learned, milliseconds since 1970; 0 before there is one. */
  readonly learnedMs: number;
  /** Of the newest delta, for the next snapshot's header. */
  readonly epoch: number;
  /** A label pins answers to this version; absent on the newest one. */
  readonly pinned?: true;
  /** The label `canary` gives its share of the shoppers to this version. */
  readonly canary?: true;
}

/** Which label gives answers to this model. */
export function labelOf({ pinned, canary }: Pick<ModelView, 'pinned' | 'canary'>): AnsweringLabel {
  if (canary === true) return 'canary';
  return pinned === true ? 'stable' : 'newest';
}
