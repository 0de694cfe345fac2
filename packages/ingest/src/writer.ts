/**
 * Group commit: what arrives while a transaction runs shares the next one. In: requests, each with its keys.
 * Out: for each request the place in the log and what became of every item.
 *
 * 1. A request is answered only after its group has been committed; a failed group answers with the failure.
 * 2. No timer: `writers` flushes run at once, and a free one takes all that waits, up to the group's limits.
 * 3. Of two items with one key in a group the first wins; the log itself does the same across groups.
 * 4. A group the log refuses for its content is tried again request by request: a neighbour's request isn't lost.
 * Leaves out how much may wait: pressure.ts refuses before it comes here.
 */
import type { EntryBody } from '@freshet/shared/domain/entry';
import { FreshetError, toError, UnavailableError, unreachable } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import { type Mergeable, mergeRequests, statusesOf, type WriteBody, type WriteStatus } from './merge.js';
import type { People } from './people.js';

export interface WriteRequest extends Mergeable {
  readonly source: string;
  readonly receivedAt: number;
  readonly historical: boolean;
  /** Size as received. */
  readonly bytes: number;
}

export interface WriteResult {
  /** By this place in the log all of the request's items are there. */
  readonly seq: number;
  readonly statuses: readonly WriteStatus[];
}

export interface Waiting {
  readonly items: number;
  readonly bytes: number;
}

export interface Writer {
  submit(request: WriteRequest): Promise<WriteResult>;
  /** What has been taken in and isn't committed yet. */
  waiting(): Waiting;
  /** Resolves when everything submitted has been answered; nothing can be submitted any more. */
  close(): Promise<void>;
}

export interface WriterOptions {
  readonly entryLog: EntryLog;
  readonly people: People;
  readonly log: Logger;
  /** After each commit, before the answers. */
  readonly onCommit: (seq: number) => void;
  /** Flushes at once. */
  readonly writers: number;
  /** A group's limits; a single larger request still goes, alone. */
  readonly groupItems: number;
  readonly groupBytes: number;
}

interface Pending {
  readonly request: WriteRequest;
  readonly resolve: (result: WriteResult) => void;
  readonly reject: (error: Error) => void;
}

export function createWriter(options: WriterOptions): Writer {
  let queue: Pending[] = [];
  let running = 0;
  let closed = false;
  let idle: (() => void)[] = [];
  const waiting = { items: 0, bytes: 0 };

  const pump = (): void => {
    while (running < options.writers && queue.length > 0) {
      const { group, rest } = takeGroup(queue, options);
      queue = rest;
      running++;
      void flush(group, options).finally(() => {
        running--;
        for (const { request } of group) {
          waiting.items -= request.keys.length;
          waiting.bytes -= request.bytes;
        }
        pump();
      });
    }
    if (running > 0 || queue.length > 0) return;
    for (const resolve of idle) resolve();
    idle = [];
  };

  return {
    submit(request) {
      if (closed) return Promise.reject(new UnavailableError('stopping', 'This process is stopping.'));
      return new Promise((resolve, reject) => {
        queue.push({ request, resolve, reject });
        waiting.items += request.keys.length;
        waiting.bytes += request.bytes;
        pump();
      });
    },
    waiting: () => waiting,
    close() {
      closed = true;
      if (running === 0 && queue.length === 0) return Promise.resolve();
      return new Promise((resolve) => idle.push(resolve));
    },
  };
}

type Limits = Pick<WriterOptions, 'groupItems' | 'groupBytes'>;

/** The oldest request and all like it, in order, as far as the limits go. */
function takeGroup(queue: readonly Pending[], { groupItems, groupBytes }: Limits): { group: Pending[]; rest: Pending[] } {
  const group: Pending[] = [];
  const rest: Pending[] = [];
  let items = 0;
  let bytes = 0;
  for (const pending of queue) {
    const { request } = pending;
    const first = group[0]?.request;
    const fits = items + request.keys.length <= groupItems && bytes + request.bytes <= groupBytes;
    if (first !== undefined && (!fits || !isAlike(first, request))) {
      rest.push(pending);
      continue;
    }
    group.push(pending);
    items += request.keys.length;
    bytes += request.bytes;
  }
  return { group, rest };
}

function isAlike(a: WriteRequest, b: WriteRequest): boolean {
  return a.body.kind === b.body.kind && a.source === b.source && a.historical === b.historical;
}

/** Never rejects: every outcome goes to the requests. */
async function flush(group: readonly Pending[], options: WriterOptions): Promise<void> {
  try {
    await commitGroup(group, options);
  } catch (thrown) {
    const error = toError(thrown);
    const retryable = error instanceof FreshetError && error.retryable;
    if (group.length === 1 || retryable) {
      for (const { reject } of group) reject(error);
      return;
    }
    options.log.warn('a group was refused; trying its requests one by one', { requests: group.length, error });
    for (const pending of group) await flush([pending], options);
  }
}

async function commitGroup(group: readonly Pending[], { entryLog, people, onCommit, log }: WriterOptions): Promise<void> {
  const merged = mergeRequests(group.map(({ request }) => request));
  const named = await nameBody(merged.body, people);
  const first = group[0]?.request;
  if (first === undefined) return;
  const result = await entryLog.append({
    body: named.body,
    keys: merged.keys,
    source: first.source,
    receivedAt: group.reduce((oldest, { request }) => Math.min(oldest, request.receivedAt), first.receivedAt),
    historical: first.historical,
  });
  if (result.seq !== undefined) onCommit(result.seq);
  // A join that fails is repeated by the session's next event; the events themselves are safe.
  await named.commitJoins().catch((error: unknown) => log.warn('sessions could not be joined yet', { error }));
  const seq = result.seq ?? (await entryLog.head());
  group.forEach(({ resolve }, i) => resolve({ seq, statuses: statusesOf(merged, i, result) }));
}

async function nameBody(body: WriteBody, people: People): Promise<{ body: EntryBody; commitJoins: () => Promise<void> }> {
  switch (body.kind) {
    case 'catalogue':
      return { body, commitJoins: () => Promise.resolve() };
    case 'events': {
      const named = await people.name(body.events);
      return { body: { kind: 'events', events: named.events }, commitJoins: named.commitJoins };
    }
    default:
      return unreachable(body);
  }
}
