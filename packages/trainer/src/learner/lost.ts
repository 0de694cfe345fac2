/**
 * What a model that was loaded has learned before: as many events as its statistics have counted, about one example each. Those of the round
 * under way are among them, which is too few to matter.
 */
import { CONSTANT_ROW } from '@freshet/shared/domain/tables';
import type { ParameterStore } from '../parameters/parameters.js';

export function eventsCounted({ rows, eventsOf }: Pick<ParameterStore, 'rows' | 'eventsOf'>): number {
  let events = 0;
  for (let row = CONSTANT_ROW + 1; row < rows; row++) events += eventsOf(row);
  return events;
}
