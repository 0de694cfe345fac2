/**
 * TypeBox schemas compiled to validators, and their findings as problem items.
 *
 * 1. Body: checked as it is. Query and path: text is converted to the schema's type first ("10" → 10).
 * 2. `default` in a schema documents; handlers apply defaults themselves.
 * 3. At most 20 findings are listed.
 */
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { HttpProblem, type ProblemItem } from './problem.js';

export type RequestPart = 'body' | 'query' | 'path';
export type PartResult = { readonly value: unknown } | { readonly error: HttpProblem };

const MAX_FINDINGS = 20;
const DECIMAL = /^-?\d{1,15}(?:\.\d{1,15})?$/;

/** Compiles once, at registration. */
export function partValidator(schema: TSchema, part: RequestPart): (value: unknown) => PartResult {
  const validator = Compile(schema);
  if (part === 'body') {
    return (value) => (validator.Check(value) ? { value } : { error: invalid(validator.Errors(value), part) });
  }
  const readScalars = scalarReader(schema);
  return (given) => {
    readScalars(given);
    if (validator.Check(given)) return { value: given };
    // The library's conversion knows lists and unions too, at several microseconds a call.
    const value = validator.Convert(given);
    return validator.Check(value) ? { value } : { error: invalid(validator.Errors(value), part) };
  };
}

/** Turns the text of number and boolean properties into values, in place; text that is neither stays. */
function scalarReader(schema: TSchema): (value: unknown) => void {
  const { properties = {} } = schema as { properties?: Readonly<Record<string, { readonly type?: string }>> };
  const numbers = Object.keys(properties).filter((name) => ['number', 'integer'].includes(properties[name]?.type ?? ''));
  const booleans = Object.keys(properties).filter((name) => properties[name]?.type === 'boolean');
  return (value) => {
    const fields = value as Record<string, unknown>;
    for (const name of numbers) {
      const text = fields[name];
      if (typeof text === 'string' && DECIMAL.test(text)) fields[name] = Number(text);
    }
    for (const name of booleans) {
      const text = fields[name];
      if (text === 'true' || text === 'false') fields[name] = text === 'true';
    }
  };
}

function invalid(findings: readonly TLocalizedValidationError[], part: RequestPart): HttpProblem {
  const errors = problemItems(findings, part === 'body' ? '' : `/${part}`);
  const first = errors[0];
  const where = first === undefined ? part : first.pointer === '' ? 'body' : first.pointer;
  return new HttpProblem(422, 'invalid_request', `The request doesn't fit: ${where} ${first?.detail ?? 'is invalid'}.`, { errors });
}

/** Also for handlers that check parts of a raw body themselves. */
export function problemItems(findings: readonly TLocalizedValidationError[], prefix = ''): readonly ProblemItem[] {
  const items = new Map<string, ProblemItem>();
  for (const finding of findings) {
    for (const { pointer, code, detail } of itemsOf(finding)) {
      if (items.size < MAX_FINDINGS) items.set(`${pointer} ${code}`, { pointer: prefix + pointer, code, detail });
    }
  }
  return [...items.values()];
}

/** A missing or superfluous property is reported at the property, not at its parent. */
function itemsOf(finding: TLocalizedValidationError): readonly ProblemItem[] {
  const { keyword: code, instancePath } = finding;
  const at = (name: string): string => `${instancePath}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  switch (finding.keyword) {
    case 'required':
      return finding.params.requiredProperties.map((name) => ({ pointer: at(name), code, detail: 'is required' }));
    case 'additionalProperties':
      return finding.params.additionalProperties.map((name) => ({ pointer: at(name), code, detail: 'is not a known property' }));
    case 'boolean':
      return []; // "schema is false": says again what `additionalProperties` has said.
    default:
      return [{ pointer: instancePath, code, detail: finding.message }];
  }
}
