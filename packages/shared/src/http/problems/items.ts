/** What can be wrong with one event or item. Alone in its request it is the answer. */
import type { Entries } from './entry.js';

export const ITEM_PROBLEMS = {
  not_an_object: {
    title: 'Not an object', statuses: [422], item: true,
    means: 'An event or item is a JSON object; this is a text, a number, a list or null.',
    help: 'Send an object, or an array of objects.',
  },
  missing_field: {
    title: 'Field missing', statuses: [422], item: true,
    means: 'A field that is needed is absent, null, or empty once white space and control characters are taken off.',
    help: 'The pointer names it.',
  },
  wrong_type: {
    title: 'Wrong type', statuses: [422], item: true,
    means: 'A field holds another kind of value: a number as a text, a number that is not finite, a link that is not http.',
    help: 'The pointer names the field, the detail what is expected.',
  },
  too_long: {
    title: 'Too long', statuses: [422], item: true,
    means: 'A text is longer than its field takes, counted in characters after normalisation.',
    help: 'Shorten it; ids have at most 128 characters.',
  },
  too_many: {
    title: 'Too many', statuses: [422], item: true,
    means: 'A list or an object of attributes has more elements than its field takes.',
    help: 'The detail says how many fit.',
  },
  too_deep: {
    title: 'Nested too deeply', statuses: [422], item: true,
    means: 'The value is nested deeper than 32 levels. Nothing that is stored is deeper than three.',
    help: 'Flatten it.',
  },
  out_of_range: {
    title: 'Out of range', statuses: [422], item: true,
    means: 'A number or word is outside of what the field may hold: a negative or absurdly large price, an unknown `op`.',
    help: 'The pointer names the field, the detail its limits.',
  },
  unknown_type: {
    title: 'Unknown event type', statuses: [422], item: true,
    means: 'The event’s type is neither built in nor declared in the configuration.',
    help: 'See the list of types in docs/API.md; types are lower case.',
  },
  bad_timestamp: {
    title: 'Timestamp not readable', statuses: [422], item: true,
    means: 'A text timestamp is not RFC 3339 with a zone, or names a day or time that doesn’t exist.',
    help: 'Send `2026-11-22T18:30:00Z`, or milliseconds since 1970 as a number.',
  },
  timestamp_too_old: {
    title: 'Timestamp too old', statuses: [422], item: true,
    means: 'The timestamp is before the year 2000: most often an unset clock or a zero.',
    help: 'Send when it happened, or leave the field out: then it is the time of receipt.',
  },
  timestamp_in_future: {
    title: 'Timestamp in the future', statuses: [422], item: true,
    means: 'The timestamp is more than five minutes ahead of this server’s clock: a wrong clock, or microseconds.',
    help: 'Send milliseconds or seconds; set the clock.',
  },
  forbidden_name: {
    title: 'Name not allowed', statuses: [422], item: true,
    means: 'An attribute is called `__proto__`, `constructor` or `prototype`.',
    help: 'Call it something else.',
  },
  missing_attribute: {
    title: 'Attribute missing', statuses: [422], item: true,
    means: 'The configuration refuses items without a number for this attribute (fill rule `drop`).',
    help: 'Send the attribute, or choose another fill rule.',
  },
  empty_patch: {
    title: 'Nothing to change', statuses: [422], item: true,
    means: 'A PATCH names no field that an item has: it is empty, or all its fields are null, unknown or misspelt.',
    help: 'The detail lists the names it had. PATCH sets fields; to take one away, PUT the whole item.',
  },
  id_mismatch: {
    title: 'Two ids', statuses: [422],
    means: 'The item’s body has another id than the path.',
    help: 'Leave the id out of the body, or send the same one.',
  },
  id_conflict: {
    title: 'Id used for something else', statuses: [409], item: true,
    means: 'The same event id, or Idempotency-Key, was used before with another body. The first one stands.',
    help: 'Give each event an id of its own; repeat a retry exactly.',
  },

  // Found out after the 202: only in dead letters.
  not_finite: {
    title: 'Gradient not finite', statuses: [], item: true,
    means: 'Learning this event would have put a value into the model that is not a number. The step was refused before it wrote.',
    help: 'The event stays in the log. When there are many, the model itself needs a look.',
  },
  items_full: {
    title: 'Tables full', statuses: [], item: true,
    means: 'The model has no room for another item (`--max-items`). The event stays in the log and is not learned.',
    help: 'Raise `--max-items` for trainer and serving.',
  },
} as const satisfies Entries;
