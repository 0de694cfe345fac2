/** What reads don’t find, and the server’s own state. */
import type { Entries } from './entry.js';

export const SERVER_PROBLEMS = {
  item_not_found: {
    title: 'Item not found', statuses: [404],
    means: 'Neither the catalogue nor the model knows an item with this id, or it was deleted.',
    help: 'Check the id; a new item is known as soon as its write’s sequence is reached.',
  },
  event_not_found: {
    title: 'Event not found', statuses: [404],
    means: 'No event with this id was accepted, or so long ago that the log has dropped it.',
    help: 'Check the id that the 202 gave back.',
  },
  version_not_found: {
    title: 'Version not found', statuses: [404],
    means: 'This process hasn’t applied that version, or too long ago.',
    help: 'See /v1/models for those it remembers.',
  },
  version_not_rebuildable: {
    title: 'Version not kept', statuses: [422],
    means: 'A label can only name a version that can be rebuilt: the snapshot and the deltas it needs are stored. Of unlabelled versions the last two snapshots reach back.',
    help: 'The detail says which versions can be named.',
  },
  version_worse: {
    title: 'Version predicted worse', statuses: [422],
    means: 'While that version was the newest (or, where the label `stable` was to be taken away, since the version it names), events were predicted worse than what answers now predicts them, or worse than by popularity; the detail has the figures.',
    help: 'Name another version, or send `"force": true` (`?force=true` with DELETE) if you know better: the two have seen different events.',
  },
  labels_busy: {
    title: 'Label moved', statuses: [503],
    means: 'Somebody else changed the label `stable` each time while this change was judged against what answers.',
    help: 'Look at `GET /v1/models/labels`, then send it again.',
  },
  refit_under_way: {
    title: 'A refit is under way', statuses: [409],
    means: 'One refit is worked on at a time, and another was asked for before.',
    help: '`GET /v1/models/refits` says how far it is; ask again when it has ended.',
  },
  refit_not_found: {
    title: 'No such refit', statuses: [404],
    means: 'No refit with this number was ever asked for.',
    help: '`GET /v1/models/refits` lists them.',
  },
  label_not_set: {
    title: 'Label not set', statuses: [404],
    means: 'The label names no version: there is nothing to take away.',
    help: 'Nothing to do.',
  },
  sequence_not_reached: {
    title: 'Not there yet', statuses: [409],
    means: '`after_sequence` was not reached within a second; the detail says what is there.',
    help: 'Ask again, or without it. When it stays so, look at the trainer (`freshet_update_lag_seconds`).',
  },

  serving_starting: {
    title: 'Starting', statuses: [503],
    means: 'The process is still loading the model.',
    help: 'Ask again; /readyz says when it is done.',
  },
  stopping: {
    title: 'Stopping', statuses: [503],
    means: 'The process is draining and takes nothing new in.',
    help: 'Send the same request again to the process that comes after it.',
  },
  writer_busy: {
    title: 'Too much at once', statuses: [503],
    means: 'More events wait for their commit than ingest holds (20,000 items or 64 MiB). Nothing of this request was taken.',
    help: 'Wait as long as Retry-After says and send it again.',
  },
  too_many_in_flight: {
    title: 'Too many requests wait', statuses: [503],
    means: 'As many requests of this route wait for the database as the process lets wait (1,000). Nothing of this one was done.',
    help: 'Wait as long as Retry-After says and send it again; look at the database, or start more processes.',
  },
  deadline_exceeded: {
    title: 'Took too long', statuses: [503],
    means: 'The answer was not there within the route’s deadline (30 s). What the request asked for may still be done.',
    help: 'Send the same request again: events with the same ids (or the same Idempotency-Key) count once. Look at the database.',
  },
  tail_busy: {
    title: 'Too many read the log', statuses: [503],
    means: 'More calls of GET /v1/events wait for their turn than serving holds: two read at once, so that recommendations stay fast.',
    help: 'Wait as long as Retry-After says and send it again.',
  },
  trainer_behind: {
    title: 'Trainer behind', statuses: [503],
    means: 'More accepted events wait for the trainer than `--unapplied-items` allows. Nothing of this request was taken.',
    help: 'Wait as long as Retry-After says and send it again; look whether a trainer runs.',
  },
  database_unavailable: {
    title: 'Database unavailable', statuses: [503],
    means: 'Postgres doesn’t answer.',
    help: 'Send the request again; look at the database.',
  },
  disk_full: {
    title: 'Disk full', statuses: [503],
    means: 'Postgres can’t write because its disk is full. What was accepted before is safe.',
    help: 'Make room; shorten the log’s retention.',
  },
  user_refs_busy: {
    title: 'References contended', statuses: [503],
    means: 'Other writers were making the same shoppers’ references, several times in a row.',
    help: 'Send the request again.',
  },
  unavailable: {
    title: 'Service unavailable', statuses: [503],
    means: 'Something this process needs doesn’t answer; the log says what.',
    help: 'Send the request again.',
  },
  misconfigured: {
    title: 'Misconfigured', statuses: [503],
    means: 'A setting of this server stopped working, such as the database’s password; the log says which.',
    help: 'For whoever runs the server: see the log. Send the request again afterwards.',
  },
  capacity: {
    title: 'Capacity used up', statuses: [507],
    means: 'A written limit of this process is reached; the detail says which.',
    help: 'Make the request smaller, or raise the limit.',
  },
  internal: {
    title: 'Internal error', statuses: [500],
    means: 'Something nobody expected. The log has it under the answer’s `request_id`.',
    help: 'Report it with that line of the log.',
  },
} as const satisfies Entries;
