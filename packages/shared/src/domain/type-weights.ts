/**
 * How much an example of each event type weighs in the loss: the table of domain/event, of which a shop may set single weights. Weights of
 * a shop's own types stand with their names (domain/custom-types).
 */
import { UsageError } from '../errors.js';
import { EVENT_TYPES, type EventMeaning } from './event.js';

/** By built-in type. What a type means stays as it is. */
export type TypeWeights = Readonly<Record<string, number>>;

const MAX_TYPE_WEIGHT = 100;

/** Returns what it was given, or throws a `UsageError` that names the type. */
export function checkTypeWeights(weights: TypeWeights): TypeWeights {
  for (const [type, weight] of Object.entries(weights)) checkTypeWeight(type, weight);
  return weights;
}

function checkTypeWeight(type: string, weight: number): void {
  const meaning = Object.hasOwn(EVENT_TYPES, type) ? EVENT_TYPES[type] : undefined;
  if (meaning === undefined) throw new UsageError('type_weight', `"${type}" is no built-in event type; the weights of a shop’s own types stand with their names`);
  if (meaning.effect === 'none') throw new UsageError('type_weight', `events of type "${type}" are kept and not learned: they have no weight`);
  if (!(weight > 0 && weight <= MAX_TYPE_WEIGHT)) throw new UsageError('type_weight', `event type "${type}" has weight ${weight}; it must be above 0 and at most ${MAX_TYPE_WEIGHT}`);
}

/** The weight of an event's example before what its item's popularity makes of it. */
export function lossWeight(type: string, meaning: EventMeaning, weights: TypeWeights): number {
  return meaning.effect !== 'none' && Object.hasOwn(weights, type) ? (weights[type] ?? meaning.weight) : meaning.weight;
}
