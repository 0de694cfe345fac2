import { describe, expect, it } from 'vitest';
import type { Batch } from 'freshet/import/batches';
import { pump } from 'freshet/import/pump';
import type { Outcome } from 'freshet/import/send';

const OUTCOME: Outcome = { accepted: 1, duplicates: 0, rejections: [], sequence: 1 };

function batch(line: number): Batch {
  return { bodies: ['{}'], entries: [{ line, part: 1, text: '' }], leftOut: [], notes: [], end: { line, part: 1 } };
}

/** Batches 1 … count; `read` says how many have been asked for. */
function source(count: number) {
  const seen = { read: 0, closed: false };
  async function* batches(): AsyncGenerator<Batch> {
    try {
      for (let line = 1; line <= count; line++) {
        seen.read = line;
        yield await Promise.resolve(batch(line));
      }
    } finally {
      seen.closed = true;
    }
  }
  return { seen, batches: batches() };
}

/** Answers when it is told to. */
function server() {
  const waiting = new Map<number, { answer: () => void; fail: (error: Error) => void }>();
  let most = 0;
  const send = ({ entries }: Pick<Batch, 'entries'>): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const line = entries[0]?.line ?? 0;
      waiting.set(line, {
        answer: () => (waiting.delete(line), resolve(OUTCOME)),
        fail: (error) => (waiting.delete(line), reject(error)),
      });
      most = Math.max(most, waiting.size);
    });
  return { send, waiting, most: () => most };
}

const settledTurns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

describe('pump', () => {
  it('keeps as many requests under way as it may, reads no further, and settles in order', async () => {
    const { seen, batches } = source(6);
    const { send, waiting, most } = server();
    const settled: number[] = [];
    const done = pump(batches, { inFlight: 3, send, settle: ({ end }) => (settled.push(end.line), true), signal: new AbortController().signal });
    await settledTurns();
    expect([...waiting.keys()]).toEqual([1, 2, 3]);
    expect(seen.read).toBe(3);
    waiting.get(3)?.answer();
    waiting.get(2)?.answer();
    await settledTurns();
    expect(settled).toEqual([]);
    waiting.get(1)?.answer();
    await settledTurns();
    expect(settled).toEqual([1, 2, 3]);
    expect([...waiting.keys()]).toEqual([4, 5, 6]);
    for (let line = 4; line <= 6; line++) {
      waiting.get(line)?.answer();
      await settledTurns();
    }
    expect(await done).toBe(true);
    expect(settled).toEqual([1, 2, 3, 4, 5, 6]);
    expect(most()).toBe(3);
  });

  it('settles what is under way when it is stopped, and reads no more', async () => {
    const { seen, batches } = source(100);
    const { send, waiting } = server();
    const stop = new AbortController();
    const settled: number[] = [];
    const done = pump(batches, { inFlight: 2, send, settle: ({ end }) => (settled.push(end.line), true), signal: stop.signal });
    await settledTurns();
    stop.abort();
    for (const line of [1, 2, 3]) {
      waiting.get(line)?.answer();
      await settledTurns();
    }
    expect(await done).toBe(false);
    expect(settled.length).toBeGreaterThanOrEqual(2);
    expect(seen.read).toBeLessThanOrEqual(4);
    expect(seen.closed).toBe(true);
  });

  it('can be stopped while it waits for more to read', async () => {
    async function* pipe(): AsyncGenerator<Batch> {
      yield batch(1);
      await new Promise(() => undefined);
    }
    const stop = new AbortController();
    const settled: number[] = [];
    const done = pump(pipe(), { inFlight: 3, send: () => Promise.resolve(OUTCOME), settle: ({ end }) => (settled.push(end.line), true), signal: stop.signal });
    await settledTurns();
    stop.abort();
    expect(await done).toBe(false);
    expect(settled).toEqual([1]);
  });

  it('fails with the first failure, with no later batch settled and no request left under way', async () => {
    const { seen, batches } = source(100);
    const { send, waiting } = server();
    const settled: number[] = [];
    const done = pump(batches, { inFlight: 3, send, settle: ({ end }) => (settled.push(end.line), true), signal: new AbortController().signal });
    let ended = false;
    const failure = done.catch((error: Error) => ((ended = true), error.message));
    await settledTurns();
    waiting.get(2)?.fail(new Error('full'));
    waiting.get(1)?.answer();
    await settledTurns();
    expect(settled).toEqual([1]);
    for (const line of waiting.keys()) {
      expect(ended).toBe(false);
      waiting.get(line)?.answer();
      await settledTurns();
    }
    expect(await failure).toBe('full');
    expect(settled).toEqual([1]);
    expect(waiting.size).toBe(0);
    expect(seen.closed).toBe(true);
  });

  it('ends when the settling says so', async () => {
    const { batches } = source(100);
    const done = pump(batches, { inFlight: 1, send: () => Promise.resolve(OUTCOME), settle: ({ end }) => end.line < 3, signal: new AbortController().signal });
    expect(await done).toBe(false);
  });
});
