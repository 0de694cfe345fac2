import type { IntakeContext, IntakeResult, Sent } from '@freshet/ingest/intake';
import type { Busy } from '@freshet/ingest/pressure';
import { createJobHandler } from '@freshet/ingest/queue/handler';
import { createHoldups } from '@freshet/ingest/queue/holdups';
import { FreshetError, UnavailableError } from '@freshet/shared/errors';
import { silentLogger } from '@freshet/shared/logger';
import type { DeadLetter } from '@freshet/shared/ports/dead-letters';
import type { EventJob } from '@freshet/shared/ports/event-queue';
import { describe, expect, it } from 'vitest';

const NOW = 1_790_000_000_000;
const RESULT: IntakeResult = { accepted: 1, duplicates: 0, rejected: 0, items: [{ index: 0, id: 'a', status: 'accepted' }], sequence: 7 };
const job = (data: unknown, changes: Partial<EventJob> = {}): EventJob => ({ id: '17', addedAt: NOW - 60_000, data, ...changes });

/** `outcomes` of the intake in turn, the last one for good. Sleeping takes no time and is noted. */
function setUp(outcomes: readonly (IntakeResult | Error)[] = [RESULT]) {
  const calls: { sent: readonly Sent[]; context: IntakeContext }[] = [];
  const letters: DeadLetter[] = [];
  const sleeps: number[] = [];
  const stopping = new AbortController();
  const state: { busy: Busy | undefined; onSleep: () => void } = { busy: undefined, onSleep: () => undefined };
  const clock = {
    now: () => NOW,
    sleep(ms: number) {
      sleeps.push(ms);
      state.onSleep();
      return Promise.resolve();
    },
  };
  const holdups = createHoldups(clock, silentLogger);
  const handler = createJobHandler({
    intake: {
      events(sent, context) {
        const outcome = outcomes[Math.min(calls.push({ sent, context }), outcomes.length) - 1] ?? RESULT;
        return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
      },
    },
    pressure: { busy: () => state.busy },
    rejects: { add: (letter) => void letters.push(letter), close: () => Promise.resolve() },
    holdups,
    clock,
    log: silentLogger,
    signal: stopping.signal,
  });
  return { handler, calls, letters, sleeps, state, stopping, holdups };
}

describe('one job of the queue', () => {
  it('ends with the same document as a request', async () => {
    const { handler, calls } = setUp();
    expect(await handler(job([{ type: 'view' }]))).toEqual({ kind: 'done', result: RESULT });
    expect(calls).toEqual([
      {
        sent: [{ value: { type: 'view' } }],
        context: {
          producer: 'default', source: 'queue', historical: false, dryRun: false,
          idempotencyKey: `events\u000017\u0000${NOW - 60_000}`, receivedAt: NOW, happenedAt: NOW - 60_000, bytes: 18,
        },
      },
    ]);
  });

  it.each([NOW + 86_400_000, 0, Number.NaN])('whose clock says %d happened when it is taken', async (addedAt) => {
    const { handler, calls } = setUp();
    await handler(job([], { addedAt }));
    expect(calls[0]?.context.happenedAt).toBe(NOW);
  });

  it('that holds no events fails with a sentence and is kept as a dead letter', async () => {
    const { handler, calls, letters } = setUp();
    expect(await handler(job({ event: 1 }))).toEqual({
      kind: 'refused',
      reason: 'not_events: A job\'s data is an array of events, or an object that has one as "events"; here "events" is missing.',
    });
    expect(calls).toEqual([]);
    expect(letters).toMatchObject([{ queue: 'ingest', source: 'queue', code: 'not_events', pointer: '/events', payload: '{"event":1}' }]);
  });

  it('waits in hand while a limit is reached, and is taken in when it no longer is', async () => {
    const { handler, calls, sleeps, state, holdups } = setUp();
    state.busy = { code: 'trainer_behind', detail: '', seconds: 5 };
    const reasons: (string | undefined)[] = [];
    state.onSleep = () => {
      reasons.push(holdups.reason());
      if (sleeps.length === 3) state.busy = undefined;
    };
    expect(await handler(job([]))).toMatchObject({ kind: 'done' });
    expect(sleeps).toEqual([200, 200, 200]);
    expect(reasons).toEqual(['trainer_behind', 'trainer_behind', 'trainer_behind']);
    expect(holdups.reason()).toBeUndefined();
    expect(calls).toHaveLength(1);
  });

  it('is tried again, ever more slowly, while the log can’t be reached', async () => {
    const away = new UnavailableError('database_unavailable', 'Postgres does not answer');
    const { handler, calls, sleeps } = setUp([...Array.from({ length: 7 }, () => away), RESULT]);
    expect(await handler(job([]))).toEqual({ kind: 'done', result: RESULT });
    expect(calls).toHaveLength(8);
    expect(sleeps).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  it('fails, and says nothing of the inside, when trying again can’t help', async () => {
    const { handler, sleeps, letters } = setUp([new FreshetError('log_failed', 'relation "secret" is broken')]);
    const outcome = await handler(job([]));
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/^internal: /) as string });
    expect(JSON.stringify(outcome)).not.toContain('secret');
    expect([sleeps, letters]).toEqual([[], []]);
  });

  it('goes back to the queue when the process stops, whether it waits or has just come', async () => {
    const waiting = setUp();
    waiting.state.busy = { code: 'writer_busy', detail: '', seconds: 1 };
    waiting.state.onSleep = () => waiting.stopping.abort();
    expect(await waiting.handler(job([]))).toEqual({ kind: 'returned' });
    const late = setUp();
    late.stopping.abort();
    expect(await late.handler(job([]))).toEqual({ kind: 'returned' });
    expect(await late.handler(job(null))).toEqual({ kind: 'returned' });
    expect([waiting.calls, late.calls, late.letters]).toEqual([[], [], []]);
  });
});
