/** Why an event or an item was rejected. Codes are of the catalogue (/docs/errors); the pointer is into the one event or item. */
import type { TLocalizedValidationError } from 'typebox/error';
import { problemItems } from '@freshet/shared/http/validation';

export type CleaningCode =
  | 'not_an_object'
  | 'missing_field'
  | 'wrong_type'
  | 'too_long'
  | 'too_many'
  | 'out_of_range'
  | 'unknown_type'
  | 'bad_timestamp'
  | 'timestamp_too_old'
  | 'timestamp_in_future'
  | 'forbidden_name'
  | 'malformed_json'
  | 'invalid_utf8'
  | 'too_deep'
  | 'missing_attribute'
  | 'empty_patch'
  | 'id_mismatch'
  | 'id_conflict';

export interface Problem {
  readonly code: CleaningCode;
  readonly pointer: string;
  /** One sentence for the producer. */
  readonly detail: string;
}

export type Cleaned<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export function rejected(code: CleaningCode, pointer: string, detail: string): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: { code, pointer, detail } };
}

const CODES: Readonly<Record<string, CleaningCode>> = {
  required: 'missing_field',
  type: 'wrong_type',
  anyOf: 'wrong_type',
  maxLength: 'too_long',
  maxItems: 'too_many',
  maxProperties: 'too_many',
  minLength: 'missing_field',
  minimum: 'out_of_range',
  maximum: 'out_of_range',
};

/** The first thing the schema found wrong. A missing field comes last: a wrong one says more. */
export function firstFinding(findings: readonly TLocalizedValidationError[]): Problem {
  const sorted = findings.toSorted((a, b) => Number(a.keyword === 'required') - Number(b.keyword === 'required'));
  const [item] = problemItems(sorted);
  if (item === undefined) return { code: 'wrong_type', pointer: '', detail: 'This is not what is expected here.' };
  const name = item.pointer === '' ? 'The value' : `"${item.pointer.slice(1)}"`;
  return { code: CODES[item.code] ?? 'wrong_type', pointer: item.pointer, detail: `${name} ${item.detail}.` };
}
