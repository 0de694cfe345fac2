/**
 * Event types of a shop's own: their names and weights, checked once for ingest, trainer and serving alike.
 * All three must be given the same: ingest refuses a type it doesn't know, trainer and serving would keep its events
 * without learning from them.
 */
import { UsageError } from '../errors.js';
import { type CustomTypes, EVENT_TYPES } from './event.js';

export const MAX_CUSTOM_TYPES = 100;
const MAX_CUSTOM_WEIGHT = 100;

/** Returns what it was given, or throws a `UsageError` that names the type. */
export function checkCustomTypes(types: CustomTypes): CustomTypes {
  const entries = Object.entries(types);
  if (entries.length > MAX_CUSTOM_TYPES) throw new UsageError('too_many_custom_types', `there are ${entries.length} custom event types; ${MAX_CUSTOM_TYPES} are allowed`);
  for (const [name, weight] of entries) checkCustomType(name, weight);
  return types;
}

function checkCustomType(name: string, weight: number): void {
  if (!/^[a-z][a-z0-9_.-]{0,63}$/.test(name)) {
    throw new UsageError('custom_type_name', `custom event type "${name}" must begin with a lower-case letter and go on with lower-case letters, digits, _ . - (64 at most)`);
  }
  if (Object.hasOwn(EVENT_TYPES, name)) throw new UsageError('custom_type_name', `custom event type "${name}" is a built-in type`);
  if (!(weight > 0 && weight <= MAX_CUSTOM_WEIGHT)) {
    throw new UsageError('custom_type_weight', `custom event type "${name}" has weight ${weight}; it must be above 0 and at most ${MAX_CUSTOM_WEIGHT}`);
  }
}
