/**
 * TypeBox schemas compiled to validators, and their findings as problem items.
 *
 * 1. Body: checked as it is. Query and path: text is converted to the schema's type first ("10" → 10), where it is that
 *    type's own notation: `1.5`, `0x10` and `1e1` are no whole numbers.
 * 2. A query parameter that the schema doesn't name is refused, as is one given twice that isn't a list: ignoring
 *    `?dryrun=true` would write.
 * 3. `default` in a schema documents; handlers apply defaults themselves.
 * 4. At most 20 findings are listed.
 */
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { didYouMean } from '../domain/nearest-name.js';
import { HttpProblem, type ProblemItem, sentence } from './problem.js';

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
  const readText = textReader(schema);
  const misnamed = part === 'query' ? parameterCheck(schema) : () => undefined;
  return (given) => {
    const error = misnamed(given as Readonly<Record<string, unknown>>);
    if (error !== undefined) return { error };
    readText(given);
    return validator.Check(given) ? { value: given } : { error: invalid(validator.Errors(given), part) };
  };
}

interface Property {
  readonly type?: string;
  readonly anyOf?: readonly Property[];
}

function propertiesOf(schema: TSchema): Readonly<Record<string, Property>> {
  return (schema as { properties?: Readonly<Record<string, Property>> }).properties ?? {};
}

function isList({ type, anyOf }: Property): boolean {
  return type === 'array' || anyOf?.some(isList) === true;
}

/** Of the names alone; what they hold is the schema's. */
function parameterCheck(schema: TSchema): (given: Readonly<Record<string, unknown>>) => HttpProblem | undefined {
  const properties = propertiesOf(schema);
  const names = Object.keys(properties);
  const single = new Set(names.filter((name) => !isList(properties[name] ?? {})));
  return (given) => {
    for (const name in given) {
      if (!Object.hasOwn(properties, name)) return unknownParameter(name, names);
      if (single.has(name) && Array.isArray(given[name])) return invalid([], 'query', { pointer: `/query/${name}`, code: 'repeated', detail: 'must be given once' });
    }
    return undefined;
  };
}

function unknownParameter(name: string, names: readonly string[]): HttpProblem {
  const shown = name.slice(0, 100);
  const all = names.length === 0 ? 'This route has none.' : `There are ${names.join(', ')}.`;
  const detail = `is not a parameter of this route${didYouMean(name, names)}`;
  return new HttpProblem(422, 'unknown_parameter', `“${shown}” ${detail}${detail.endsWith('?') ? '' : '.'} ${all}`, {
    errors: [{ pointer: pointerTo('/query', shown), code: 'unknown_parameter', detail }],
  });
}

/** Turns the text of number, boolean and list properties into values, in place; text that is none stays. */
function textReader(schema: TSchema): (value: unknown) => void {
  const properties = propertiesOf(schema);
  const ofType = (...types: readonly string[]): string[] => Object.keys(properties).filter((name) => types.includes(properties[name]?.type ?? ''));
  const numbers = ofType('number', 'integer');
  const booleans = ofType('boolean');
  const lists = ofType('array');
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
    // Given once, a list of one.
    for (const name of lists) if (typeof fields[name] === 'string') fields[name] = [fields[name]];
  };
}

function invalid(findings: readonly TLocalizedValidationError[], part: RequestPart, ...own: readonly ProblemItem[]): HttpProblem {
  const errors = [...own, ...problemItems(findings, part === 'body' ? '' : `/${part}`)];
  const first = errors[0];
  const where = first === undefined ? part : first.pointer === '' ? 'body' : first.pointer;
  return new HttpProblem(422, 'invalid_request', sentence(`The request doesn't fit: ${where} ${first?.detail ?? 'is invalid'}`), { errors });
}

/** Also for handlers that check parts of a raw body themselves. */
export function problemItems(findings: readonly TLocalizedValidationError[], prefix = ''): readonly ProblemItem[] {
  const items = new Map<string, ProblemItem>();
  const allowed = allowedValues(findings);
  for (const finding of findings) {
    for (const { pointer, code, detail } of itemsOf(finding, allowed)) {
      if (items.size < MAX_FINDINGS) items.set(`${pointer} ${code}`, { pointer: prefix + pointer, code, detail });
    }
  }
  return [...items.values()];
}

type Allowed = ReadonlyMap<string, readonly unknown[]>;

/** By place: of a choice between values each is a finding of its own. */
function allowedValues(findings: readonly TLocalizedValidationError[]): Allowed {
  const allowed = new Map<string, unknown[]>();
  for (const finding of findings) {
    if (finding.keyword === 'const') allowed.set(finding.instancePath, [...(allowed.get(finding.instancePath) ?? []), finding.params.allowedValue]);
  }
  return allowed;
}

/** A missing or superfluous property is reported at the property, not at its parent. */
function itemsOf(finding: TLocalizedValidationError, allowed: Allowed): readonly ProblemItem[] {
  const { keyword: code, instancePath } = finding;
  const at = (name: string): string => pointerTo(instancePath, name);
  switch (finding.keyword) {
    case 'required':
      return finding.params.requiredProperties.map((name) => ({ pointer: at(name), code, detail: 'is required' }));
    case 'additionalProperties':
      return finding.params.additionalProperties.map((name) => ({ pointer: at(name), code, detail: 'is not a known property' }));
    case 'const':
      return [{ pointer: instancePath, code, detail: choiceOf(allowed.get(instancePath) ?? []) }];
    case 'anyOf': // Says again what the choice's `const` have said.
      return allowed.has(instancePath) ? [] : [{ pointer: instancePath, code, detail: finding.message }];
    case 'boolean':
      return []; // "schema is false": says again what `additionalProperties` has said.
    default:
      return [{ pointer: instancePath, code, detail: finding.message }];
  }
}

function choiceOf(values: readonly unknown[]): string {
  return `must be ${values.length > 1 ? 'one of ' : ''}${values.map(String).join(', ')}`;
}

function pointerTo(parent: string, name: string): string {
  return `${parent}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
