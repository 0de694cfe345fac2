/** All tables of malformed input over REST, in the order in which readers meet them. */
import { BODY_GROUPS } from './bodies.js';
import { EVENT_GROUPS } from './event-fields.js';
import { ITEM_GROUPS } from './items.js';
import { READ_GROUPS } from './reads.js';
import type { Group } from './row.js';

export const GROUPS: readonly Group[] = [...BODY_GROUPS, ...EVENT_GROUPS, ...ITEM_GROUPS, ...READ_GROUPS];
