/** What can be wrong with a job of the queue `events`, and with taking a dead letter in again. */
import type { Entries } from './entry.js';

export const JOB_PROBLEMS = {
  not_events: {
    title: 'Not events', statuses: [],
    means: 'The data of a job in the queue `events` is neither an array of events nor an object that has one as `events`. The whole job has failed; its reason begins with this code.',
    help: 'Add jobs whose data is an array of up to 1,000 events, or `{"events": […], "historical": true}`.',
  },
  dead_letter_not_found: {
    title: 'No such dead letter', statuses: [404], item: true,
    means: 'No dead letter has this id (any more): it was taken in, deleted, or gone with age (30 days, 10,000 letters).',
    help: 'See those that are there: `GET /v1/dead-letters`.',
  },
  not_redrivable: {
    title: 'Can’t be taken in again', statuses: [], item: true,
    means: 'What is kept of this dead letter is not a whole event: it was cut at 4,096 characters, or never was JSON.',
    help: 'Send the event again from where it came from, then delete the letter.',
  },
} as const satisfies Entries;
