import { describe, expect, it } from 'vitest';
import { UnavailableError } from '@freshet/shared/errors';
import { createSender, PATIENCE_MS, type Sendable } from 'freshet/import/send';
import { type FakeServer, fakeServer, refusal } from './support.js';

function batchOf(count: number): Sendable {
  return {
    bodies: Array.from({ length: count }, (_, n) => JSON.stringify({ id: `k-${n + 2}`, type: 'view', user_id: 'u', item_id: `i${n}` })),
    entries: Array.from({ length: count }, (_, n) => ({ line: n + 2, part: 1, text: `row ${n}` })),
  };
}

function sender(server: FakeServer, signal = new AbortController().signal) {
  const waits: number[] = [];
  const told: string[] = [];
  let now = 0;
  const send = createSender({
    rest: server,
    kind: 'events',
    key: 'k',
    dryRun: false,
    now: () => now,
    wait: (ms) => {
      waits.push(ms);
      now += ms;
      return signal.aborted ? Promise.reject(new Error('stopped')) : Promise.resolve();
    },
    onWait: (reason, ms) => void told.push(`${reason.code} ${ms}`),
  });
  return { send, waits, told };
}

const unreachable = { error: new UnavailableError('nothing_answers', 'nothing answers') };

describe('a batch', () => {
  it('is sent again when the server is busy, after as long as it asks', async () => {
    const server = fakeServer();
    server.before = (request) => (request <= 3 ? refusal(503, 'trainer_behind', { retryAfterMs: 5_000 }) : undefined);
    const { send, waits, told } = sender(server);
    expect(await send(batchOf(3))).toMatchObject({ accepted: 3 });
    expect(waits).toEqual([5_000, 5_000, 5_000]);
    expect(told[0]).toBe('trainer_behind 5000');
  });

  it('waits with growing pauses for a server that has gone, and gives it up at last', async () => {
    const server = fakeServer();
    const { send, waits } = sender(server);
    await send(batchOf(1));
    server.before = () => unreachable;
    await expect(send(batchOf(1))).rejects.toThrow('nothing answers');
    expect(waits.slice(0, 7)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000]);
    const waited = waits.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThan(PATIENCE_MS - 11_000);
    expect(waited).toBeLessThanOrEqual(PATIENCE_MS);
  });

  it('does not wait for a server that never was', async () => {
    const server = fakeServer();
    server.before = () => unreachable;
    const { send, waits } = sender(server);
    await expect(send(batchOf(1))).rejects.toThrow('nothing answers');
    expect(waits).toEqual([]);
  });

  it('is not sent again when the server says that it is wrong', async () => {
    const server = fakeServer();
    server.before = () => refusal(422, 'not_this');
    await expect(sender(server).send(batchOf(1))).rejects.toThrow('it said not_this.');
    expect(server.requests).toHaveLength(1);
  });

  it('stops waiting when the import is stopped', async () => {
    const server = fakeServer();
    server.before = () => refusal(503, 'writer_busy', { retryAfterMs: 1_000 });
    const stop = new AbortController();
    stop.abort();
    await expect(sender(server, stop.signal).send(batchOf(1))).rejects.toThrow('stopped');
  });

  it('is sent in halves where something between finds it too large, down to the row that is', async () => {
    const server = fakeServer();
    server.before = () => (server.requests.at(-1)?.rows ?? 0) > 2 ? refusal(413, 'too_large') : undefined;
    expect(await sender(server).send(batchOf(5))).toMatchObject({ accepted: 5, rejections: [] });
    expect(server.requests.map(({ rows }) => rows)).toEqual([5, 3, 2, 1, 2]);
    server.before = () => refusal(413, 'too_large');
    const { rejections } = await sender(server).send(batchOf(2));
    expect(rejections.map(({ line, code, by }) => [line, code, by])).toEqual([[2, 'too_large', 'server'], [3, 'too_large', 'server']]);
  });

  it('tells each refused row with its line and text, whether the server names all rows or only those', async () => {
    const server = fakeServer();
    const { bodies, entries } = batchOf(3);
    const broken = { bodies: [bodies[0] ?? '', JSON.stringify({ id: 'x', type: 'juggle', user_id: 'u', item_id: 'i' }), bodies[2] ?? ''], entries };
    expect((await sender(server).send(broken)).rejections).toMatchObject([{ line: 3, text: 'row 1', code: 'unknown_type', pointer: '/type', by: 'server' }]);
    expect(server.requests[0]?.headers).toEqual({ prefer: 'return=minimal' });
  });
});
