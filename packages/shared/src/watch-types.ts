/**
 * A log's reader that notices event types which this process wasn't told about: ingest knows them (it accepted them), so its
 * `event_types` differ from ours, and their events are kept without being learned.
 * Says so once for each type, for at most `MAX_CUSTOM_TYPES` of them. What is read passes unchanged.
 */
import { MAX_CUSTOM_TYPES } from './domain/custom-types.js';
import { type CustomTypes, EVENT_TYPES } from './domain/event.js';
import type { Logger } from './logger.js';
import type { EntryLog } from './ports/entry-log.js';

export interface TypeWatch {
  readonly customTypes: CustomTypes;
  readonly log: Logger;
}

type Reader = Pick<EntryLog, 'read'>;

export function watchTypes(entries: Reader, { customTypes, log }: TypeWatch): Reader {
  const told = new Set<string>();
  const look = (type: string): void => {
    if (Object.hasOwn(EVENT_TYPES, type) || Object.hasOwn(customTypes, type) || told.has(type) || told.size >= MAX_CUSTOM_TYPES) return;
    told.add(type);
    log.warn(`the log has events of the type ${type}, which this process was not told about: they are kept, not learned; give all services the same --event-types`);
  };
  return {
    async read(after, maxItems) {
      const page = await entries.read(after, maxItems);
      for (const entry of page) if (entry.kind === 'events') for (const { type } of entry.events) look(type);
      return page;
    },
  };
}
