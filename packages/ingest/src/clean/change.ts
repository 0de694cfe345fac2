/**
 * From what was sent about an item to a change of the catalogue, for a call about one item and for a batch of them.
 * In: the operation and id (a batch: in the value itself), one parsed JSON value. Out: the change, or one problem. Pure.
 */
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import { cleanItem, cleanItemId } from './item.js';
import { type Cleaned, rejected } from './problem.js';

export interface SentChange {
  readonly op: CatalogueChange['op'];
  readonly id: string;
  readonly raw?: unknown;
}

export function cleanChange({ op, id, raw }: SentChange): Cleaned<CatalogueChange> {
  if (op !== 'delete') return cleanItem(op, id, raw);
  const clean = cleanItemId(id);
  return clean.ok ? { ok: true, value: { op, id: clean.value } } : clean;
}

export function cleanBatchItem(raw: unknown): Cleaned<CatalogueChange> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return rejected('not_an_object', '', 'An item is a JSON object.');
  const id = cleanItemId('id' in raw ? raw.id : undefined);
  if (!id.ok) return id;
  const op = 'op' in raw ? raw.op : 'put';
  if (op !== 'put' && op !== 'patch' && op !== 'delete') return rejected('out_of_range', '/op', '"op" is put, patch or delete.');
  return cleanChange({ op, id: id.value, raw });
}
