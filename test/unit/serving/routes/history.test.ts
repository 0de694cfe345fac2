import { describe, expect, it, vi } from 'vitest';
import { decodeHistory, encodeHistory } from '@freshet/shared/codec/state';
import { emptyHistory, remember } from '@freshet/shared/domain/history';
import { meaningOf } from '@freshet/shared/domain/event';
import { serve } from '../support/serving.js';

const NOON = Date.parse('2026-01-02T12:00:00.000Z');
const at = (minutes: number): string => new Date(NOON + minutes * 60_000).toISOString();

describe('a shopper’s history', () => {
  it('is what she did, newest first, with the types as sent and what she refused among them', async () => {
    await using site = await serve();
    const user = await site.person('ann');
    await site.event({ type: 'click', user, item: 'a', ts: NOON });
    await site.event({ type: 'favorite', user, item: 'b', ts: NOON + 60_000 });
    await site.event({ type: 'return', user, item: 'a', ts: NOON + 180_000 });
    await site.event({ type: 'impression', user, item: 'c', ts: NOON + 200_000 });
    const seq = await site.event({ type: 'purchase', user, item: 'd', ts: NOON + 120_000 });
    const answer = await site.get(`/v1/users/ann/history?after_sequence=${seq}`);
    expect(answer).toEqual({
      status: 200,
      body: {
        user_id: 'ann',
        history_seq: seq,
        events: [
          { type: 'return', item_id: 'a', timestamp: at(3) },
          { type: 'purchase', item_id: 'd', timestamp: at(2) },
          { type: 'favorite', item_id: 'b', timestamp: at(1) },
          { type: 'click', item_id: 'a', timestamp: at(0) },
        ],
      },
    });
    expect((await site.get('/v1/users/ann/history?limit=1')).body['events']).toEqual([{ type: 'return', item_id: 'a', timestamp: at(3) }]);
  });

  it('is empty for a stranger, who is never a 404', async () => {
    await using site = await serve();
    expect(await site.get('/v1/users/nobody/history')).toEqual({ status: 200, body: { user_id: 'nobody', history_seq: 0, events: [] } });
  });

  it('is found under the id as ingest cleans it, and refuses what does not fit', async () => {
    await using site = await serve();
    const user = await site.person('Jos\u00e9');
    const seq = await site.event({ type: 'view', user, item: 'a', ts: NOON });
    const answer = await site.get(`/v1/users/Jose%CC%81/history?after_sequence=${seq}`);
    expect(answer.body['events']).toHaveLength(1);
    expect(answer.body['user_id']).toBe('Jos\u00e9');
    expect((await site.get('/v1/users/%20/history')).status).toBe(422);
    expect((await site.get('/v1/users/ann/history?limit=0')).status).toBe(422);
  });

  it('waits for the log alone: no model need have learned the entry', async () => {
    await using site = await serve();
    const user = await site.person('ann');
    const seq = await site.event({ type: 'view', user, item: 'a', ts: NOON });
    expect((await site.get(`/v1/users/ann/history?after_sequence=${seq}`)).status).toBe(200);
    expect((await site.get(`/v1/models/latest?after_sequence=${seq}`)).status).toBe(409);
    const late = await site.get(`/v1/users/ann/history?after_sequence=${seq + 1}`);
    expect(late).toMatchObject({ status: 409, body: { code: 'sequence_not_reached' } });
  });

  it('of somebody beyond the active users is loaded by key', async () => {
    await using site = await serve({ activeUsers: 0, start: false });
    const user = await site.person('ann');
    const stored = emptyHistory();
    remember(stored, { type: 'cart', item: 'stored', ts: NOON }, meaningOf({ type: 'cart' }), { seq: 1, index: 0 });
    await site.checkpoint.saveUsers([[user, encodeHistory(stored)]]);
    await site.serving.ready;
    const events = await vi.waitFor(async () => (await site.get('/v1/users/ann/history')).body['events']);
    expect(events).toEqual([{ type: 'cart', item_id: 'stored', timestamp: at(0) }]);
  });
});

it('a history that release 0.1 has stored shows the usual type of each group', async () => {
  const bytes = Buffer.from(JSON.stringify([1, null, [['a', NOON, 1, 0, 2], ['b', NOON - 1, 1, 1, 3]], [['c', NOON - 2, 1, 2, 1]]]));
  await using site = await serve({ activeUsers: 0, start: false });
  const user = await site.person('ann');
  await site.checkpoint.saveUsers([[user, bytes]]);
  await site.serving.ready;
  const answer = await site.get('/v1/users/ann/history');
  expect(answer.body['events']).toMatchObject([{ type: 'cart', item_id: 'a' }, { type: 'purchase', item_id: 'b' }, { type: 'dislike', item_id: 'c' }]);
  expect(encodeHistory(decodeHistory(bytes)).equals(bytes)).toBe(true);
});
