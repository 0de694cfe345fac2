/** Whether the model learns an event's item as the next one: such events are ranked before they are learned. */
import { type LogEvent, meaningOf } from '@freshet/shared/domain/event';

export function isTarget({ event }: { readonly event: LogEvent }): boolean {
  return event.item !== undefined && meaningOf(event).effect === 'positive';
}
