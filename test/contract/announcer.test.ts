/** What every `Announcer` promises, and what the one on Postgres adds: other processes, and lost connections. */
import { memoryAnnouncer } from '@freshet/shared/adapters/memory/announcer';
import { postgresAnnouncer } from '@freshet/shared/adapters/postgres/announcer';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { Announcer } from '@freshet/shared/ports/announcer';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { administer, createDatabase, withDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase({ migrated: false });
});
afterAll(() => database.drop());

function onPostgres(onError: (error: Error) => void = () => undefined): Promise<Announcer> {
  return postgresAnnouncer({ url: database.url, applicationName: 'announcer-test', clock: systemClock, onError });
}

async function withAnnouncer(open: () => Promise<Announcer>, work: (announcer: Announcer) => Promise<void>): Promise<void> {
  const announcer = await open();
  try {
    await work(announcer);
  } finally {
    await announcer.close();
  }
}

const adapters: readonly [string, () => Promise<Announcer>][] = [
  ['memory', () => Promise.resolve(memoryAnnouncer())],
  ['Postgres', () => onPostgres()],
];

describe.each(adapters)('an announcer on %s', (_name, open) => {
  test('delivers a number to every listener of its channel and to no other channel', () => withAnnouncer(open, async (announcer) => {
    const [first, second, other] = [vi.fn(), vi.fn(), vi.fn()];
    announcer.listen('log', first);
    announcer.listen('log', second);
    announcer.listen('delta', other);
    announcer.announce('log', 7);
    await vi.waitFor(() => {
      expect(first).toHaveBeenLastCalledWith(7);
      expect(second).toHaveBeenLastCalledWith(7);
    });
    expect(other).not.toHaveBeenCalled();
  }));

  test('sends only the newest of many numbers announced at once', () => withAnnouncer(open, async (announcer) => {
    const listener = vi.fn();
    announcer.listen('delta', listener);
    for (let value = 1; value <= 1_000; value++) announcer.announce('delta', value);
    await vi.waitFor(() => expect(listener).toHaveBeenLastCalledWith(1_000));
    expect(listener.mock.calls.length).toBeLessThanOrEqual(2);
  }));

  test('never calls a listener that was removed', () => withAnnouncer(open, async (announcer) => {
    const [removed, kept] = [vi.fn(), vi.fn()];
    const remove = announcer.listen('log', removed);
    announcer.listen('log', kept);
    remove();
    announcer.announce('log', 3);
    await vi.waitFor(() => expect(kept).toHaveBeenCalledWith(3));
    expect(removed).not.toHaveBeenCalled();
  }));

  test('can be closed with an announcement under way', async () => {
    const announcer = await open();
    announcer.announce('log', 1);
    await expect(announcer.close()).resolves.toBeUndefined();
  });
});

describe('an announcer on Postgres', () => {
  test('reaches other processes', () => withAnnouncer(onPostgres, (sender) => withAnnouncer(onPostgres, async (receiver) => {
    const listener = vi.fn();
    receiver.listen('delta', listener);
    sender.announce('delta', 42);
    await vi.waitFor(() => expect(listener).toHaveBeenCalledWith(42));
  })));

  test('goes on when a listener throws, and reports it', async () => {
    const errors = vi.fn();
    await withAnnouncer(() => onPostgres(errors), async (announcer) => {
      const healthy = vi.fn();
      announcer.listen('log', () => {
        throw new Error('listener broke');
      });
      announcer.listen('log', healthy);
      announcer.announce('log', 1);
      await vi.waitFor(() => expect(healthy).toHaveBeenCalledWith(1));
      expect(errors).toHaveBeenCalledWith(expect.objectContaining({ message: 'listener broke' }));
    });
  });

  test('connects again when its connection is ended, tells listeners to look, and sends what was announced meanwhile', async () => {
    const errors = vi.fn();
    await withAnnouncer(() => onPostgres(errors), async (announcer) => {
      const listener = vi.fn();
      announcer.listen('log', listener);
      announcer.announce('log', 5);
      await vi.waitFor(() => expect(listener).toHaveBeenCalledWith(5));
      await administer(withDatabase(database.url, 'postgres'), `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'announcer-test'`);
      await vi.waitFor(() => expect(errors).toHaveBeenCalledWith(expect.objectContaining({ code: 'announcer_cut_off' })));
      announcer.announce('log', 6);
      await vi.waitFor(() => expect(listener.mock.calls).toEqual([[5], [5], [6]]), 10_000);
    });
  });

  test('fails at once when Postgres is not there', async () => {
    const url = 'postgresql://nobody:x@127.0.0.1:1/none';
    const opening = postgresAnnouncer({ url, applicationName: 'announcer-test', clock: systemClock, onError: () => undefined });
    await expect(opening).rejects.toMatchObject({ code: 'database_unavailable', retryable: true });
  });
});
