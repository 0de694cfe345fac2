/** How somebody's decision about a label stands in the model's events; the same on every adapter. */
import type { ModelEventKind } from '../ports/model-events.js';
import type { LabelName } from '../ports/model-labels.js';

export interface Decision {
  readonly kind: ModelEventKind;
  readonly reason: string;
}

export function decisionToSet(label: LabelName, { reason, share, forced }: { readonly reason: string; readonly share?: number | undefined; readonly forced?: true | undefined }): Decision {
  if (!isBeside(label)) return { kind: 'pinned', reason: forced === true ? said('forced', reason) : reason };
  return { kind: 'labelled', reason: said([label, ...(share === undefined ? [] : [share]), ...(forced === true ? ['forced'] : [])].join(' '), reason) };
}

export function decisionToRemove(label: LabelName, { reason, forced }: { readonly reason: string; readonly forced?: true | undefined }): Decision {
  if (!isBeside(label)) return { kind: 'unpinned', reason: forced === true ? said('forced', reason) : reason };
  return { kind: 'unlabelled', reason: said(label, reason) };
}

function isBeside(label: LabelName): boolean {
  return label === 'canary' || label === 'shadow';
}

function said(what: string, reason: string): string {
  return reason === '' ? what : `${what}: ${reason}`;
}
