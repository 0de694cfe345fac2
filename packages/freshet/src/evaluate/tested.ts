/**
 * Whether an evaluation has anything to test, known before anything is learned: figures of no event would be zeros that look like a result.
 *
 * 1. Out: nothing, or a `UsageError` that names the reason and what to do.
 */
import type { LogEvent } from '@freshet/shared/domain/event';
import { UsageError } from '@freshet/shared/errors';
import type { ResolvedEvaluateOptions } from './options.js';
import { isTested, LEAST_SESSIONS, type Plan, VALIDATION_EVENTS } from './protocol.js';

export type TestedOptions = Pick<ResolvedEvaluateOptions, 'files' | 'protocol' | 'validation'>;

export function checkTested(plan: Plan, options: TestedOptions): void {
  if (!hasTested(plan)) throw new UsageError('nothing_tested', `There is nothing to test: ${options.validation ? whyNotHeldOut(plan, options) : whyNot(plan, options)}`);
}

/** An event is tested if its user has one before it that is remembered, in whichever part: histories are of what is learned as the next item, too. */
function hasTested({ train, dev, test }: Plan): boolean {
  const known = new Set([...train, ...dev].filter(isTested).map(({ user }) => user));
  return test.filter(isTested).some(({ user }) => {
    const follows = known.has(user);
    known.add(user);
    return follows;
  });
}

function whyNotHeldOut(plan: Plan, { files, protocol }: TestedOptions): string {
  if (plan.test.length > 0 || plan.unknown > 0) return whyNot(plan, { files: { ...files, test: `the part of ${files.train} that --validation holds out` }, protocol, validation: true });
  if (protocol === 'leave-one-out') return `--validation holds out the last event of each user who has ${VALIDATION_EVENTS}, and nobody in ${files.train} has.`;
  const sessions = new Set(plan.train.map(({ user }) => user)).size;
  return `--validation holds out the last tenth of the sessions, and ${files.train} has ${sessions}: it takes ${LEAST_SESSIONS}.`;
}

function whyNot({ train, test, unknown }: Plan, { files, protocol }: TestedOptions): string {
  const name = files.test ?? 'the test file';
  if (test.length === 0 && unknown === 0) return `${name} has no usable event.`;
  if (test.length === 0) return `none of the items of ${name} stands in the training file (${unknown} events; training has items such as ${examples(train)}). Are the ids of both files written alike?`;
  if (!test.some(isTested)) return `${name} has no event of a type that is predicted; its events are of the type ${typesOf(test)}.`;
  if (!test.every(isTested)) return `no event of ${name} has one before it that the model remembers; its events are of the types ${typesOf(test)}.`;
  if (protocol === 'sessions') return `no session of ${name} has two clicks on items of the training file, and each is predicted from those before it (${test.length} events; ${unknown} more on items unknown in training).`;
  return `no user of ${name} has an event before the one to be predicted, in the training file or elsewhere (${test.length} events). Are the ids of users written alike in all files?`;
}

const EXAMPLES = 3;

function examples(events: readonly LogEvent[]): string {
  return [...new Set(events.map(({ item = '' }) => item))].slice(0, EXAMPLES).map((item) => `"${item}"`).join(', ');
}

function typesOf(events: readonly LogEvent[]): string {
  return [...new Set(events.map(({ type }) => type))].join(', ');
}
