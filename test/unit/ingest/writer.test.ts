import { createPeople } from '@freshet/ingest/people';
import { createWriter, type WriteRequest } from '@freshet/ingest/writer';
import { memoryEntryLog } from '@freshet/shared/adapters/memory/entry-log';
import { memoryUserRefs } from '@freshet/shared/adapters/memory/user-refs';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { bodyHash, eventKey } from '@freshet/shared/domain/keys';
import { FreshetError, UnavailableError } from '@freshet/shared/errors';
import { silentLogger } from '@freshet/shared/logger';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import { describe, expect, it } from 'vitest';

interface Spec {
  readonly id: string;
  readonly body?: string;
  readonly user?: string;
  readonly session?: string;
}

function request(specs: readonly (string | Spec)[], changes: Partial<WriteRequest> = {}): WriteRequest {
  const full = specs.map((spec) => (typeof spec === 'string' ? { id: spec } : spec));
  return {
    body: {
      kind: 'events',
      events: full.map(({ id, user, session }) => ({
        event: { id, type: 'view', item: 'i', ts: 1 },
        userId: user ?? (session === undefined ? 'u' : undefined),
        sessionId: session,
        dropped: 0,
      })),
    },
    keys: full.map(({ id, body }) => ({ id: eventKey('p', id), body: bodyHash(body ?? id) })),
    source: 'http',
    receivedAt: 1,
    historical: false,
    bytes: 100,
    ...changes,
  };
}

function setUp(entryLog: EntryLog = memoryEntryLog(), limits = { writers: 2, groupItems: 100, groupBytes: 1e6 }) {
  const commits: number[] = [];
  const people = createPeople({ userRefs: memoryUserRefs(), clock: systemClock });
  const writer = createWriter({ entryLog, people, log: silentLogger, onCommit: (seq) => commits.push(seq), ...limits });
  return { writer, entryLog, commits };
}

/** Holds every append until released. */
function gatedLog() {
  const inner = memoryEntryLog();
  const sizes: number[] = [];
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const log: EntryLog = {
    ...inner,
    append: async (entry) => {
      sizes.push(entry.keys.length);
      await gate;
      return inner.append(entry);
    },
  };
  return { log, sizes, open: () => open() };
}

describe('the group commit writer', () => {
  it('lets what waits share a commit, and answers each request for itself', async () => {
    const { log, sizes, open } = gatedLog();
    const { writer, commits } = setUp(log);
    const answers = Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => writer.submit(request([id]))));
    open();
    expect((await answers).map((answer) => answer.statuses)).toEqual(Array.from({ length: 5 }, () => ['accepted']));
    expect(sizes).toEqual([1, 1, 3]);
    expect(commits).toEqual([1, 2, 3]);
    await expect.poll(() => writer.waiting()).toEqual({ items: 0, bytes: 0 });
  });

  it('keeps groups within the limit and apart by kind, source and history', async () => {
    const { log, sizes, open } = gatedLog();
    const { writer } = setUp(log, { writers: 1, groupItems: 3, groupBytes: 1e6 });
    const answers = Promise.all([
      writer.submit(request(['first'])),
      writer.submit(request(['a', 'b'])),
      writer.submit(request(['c'], { historical: true })),
      writer.submit(request(['d'])),
      writer.submit(request(['e'])),
      writer.submit(request(['f', 'g', 'h', 'i', 'j'])),
    ]);
    open();
    await answers;
    expect(sizes).toEqual([1, 3, 1, 1, 5]);
  });

  it('finds duplicates and conflicts within a request, across requests of a group, and in the log', async () => {
    const { writer } = setUp();
    const answers = await Promise.all([
      writer.submit(request(['x'])),
      writer.submit(request(['y'])),
      writer.submit(request(['a', 'a', { id: 'a', body: 'other' }, 'x'])),
      writer.submit(request(['a', 'b'])),
    ]);
    expect(answers[2]?.statuses).toEqual(['accepted', 'duplicate', 'conflict', 'duplicate']);
    expect(answers[3]?.statuses).toEqual(['duplicate', 'accepted']);
    const retry = await writer.submit(request(['a']));
    expect(retry).toEqual({ seq: 3, statuses: ['duplicate'] });
  });

  it('answers a whole group with an outage, and goes on afterwards', async () => {
    const inner = memoryEntryLog();
    let down = true;
    const { writer } = setUp({ ...inner, append: (entry) => (down ? Promise.reject(new UnavailableError('x', 'down')) : inner.append(entry)) });
    await expect(writer.submit(request(['a']))).rejects.toThrow('down');
    down = false;
    await expect(writer.submit(request(['a']))).resolves.toMatchObject({ statuses: ['accepted'] });
  });

  it('does not let one refused request take its group along', async () => {
    const inner = memoryEntryLog();
    const isPoison = (key: string): boolean => key === eventKey('p', 'poison');
    const { writer } = setUp(
      { ...inner, append: (entry) => (entry.keys.some((key) => isPoison(key.id)) ? Promise.reject(new FreshetError('refused', 'no')) : inner.append(entry)) },
      { writers: 1, groupItems: 100, groupBytes: 1e6 },
    );
    const answers = await Promise.allSettled([writer.submit(request(['first'])), writer.submit(request(['a'])), writer.submit(request(['poison'])), writer.submit(request(['b']))]);
    expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('commits what was submitted before it closes', async () => {
    const { writer, entryLog } = setUp();
    const answer = writer.submit(request(['a']));
    await writer.close();
    await answer;
    expect(await entryLog.head()).toBe(1);
    await expect(writer.submit(request(['b']))).rejects.toMatchObject({ code: 'stopping' });
  });

  it('joins a session to its shopper once, carrying the session’s own reference', async () => {
    const { writer, entryLog } = setUp();
    await writer.submit(request([{ id: '1', session: 's' }]));
    await writer.submit(request([{ id: '2', session: 's', user: 'u' }, { id: '3', session: 's', user: 'u' }, { id: '4', session: 's' }]));
    await writer.submit(request([{ id: '5', session: 's' }, { id: '6', session: 's', user: 'v' }, { id: '7', session: 'new', user: 'u' }, { id: '8', session: 's' }]));
    const events = (await entryLog.read(0, 100)).flatMap((entry) => (entry.kind === 'events' ? entry.events : []));
    const [anonymous, joined, ...rest] = events;
    const u = joined?.user;
    const v = rest[3]?.user;
    expect(joined?.session).toBe(anonymous?.user);
    expect(u).not.toBe(anonymous?.user);
    expect(v).not.toBe(u);
    expect(rest.map((event) => [event.user === u ? 'u' : event.user === v ? 'v' : '?', event.session])).toEqual([
      ['u', undefined], ['u', undefined], ['u', undefined], ['v', undefined], ['u', undefined], ['v', undefined],
    ]);
  });
});
