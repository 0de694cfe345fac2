import { readJob } from '@freshet/ingest/queue/job';
import { describe, expect, it } from 'vitest';

const event = { type: 'view', user_id: 'u', item_id: 'i' };

function refusal(data: unknown): string {
  const reading = readJob(data);
  return reading.ok ? 'accepted' : `${reading.problem.code} ${reading.problem.pointer}`;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

describe('a job’s data', () => {
  it('is an array of events, or an object that has one', () => {
    const sent = [{ value: event }, { value: 5 }];
    expect(readJob([event, 5])).toMatchObject({ ok: true, job: { sent, historical: false } });
    expect(readJob({ events: [event, 5], historical: true, note: 'ours' })).toMatchObject({ ok: true, job: { sent, historical: true } });
    expect(readJob([])).toEqual({ ok: true, job: { sent: [], historical: false, bytes: 2 } });
  });

  it.each([null, undefined, true, 7, 'events', {}, { event }, { events: null }, { events: 'x' }, { events: { 0: event } }])('that is %j is refused whole', (data) => {
    expect(refusal(data)).toMatch(/^not_events /);
  });

  it('is refused whole for a flag that is none', () => {
    expect(refusal({ events: [event], historical: 'yes' })).toBe('wrong_type /historical');
  });

  it('keeps the limits of a request', () => {
    expect(refusal(Array.from({ length: 1_000 }, () => event))).toBe('accepted');
    expect(refusal(Array.from({ length: 1_001 }, () => event))).toBe('too_many_items ');
    expect(refusal(Array.from({ length: 3 }, () => ({ ...event, text: 'x'.repeat(1 << 20) })))).toBe('body_too_large ');
  });

  it('that is nested too deeply somewhere costs that event alone, however deep it is', () => {
    const reading = readJob([event, nested(100_000), event]);
    expect(reading).toMatchObject({ ok: true, job: { sent: [{ value: event }, { problem: { code: 'too_deep' } }, { value: event }] } });
  });

  it('is measured as its JSON', () => {
    const data = [event, { ...event, text: 'ü\u{1f375}' }];
    const reading = readJob(data);
    expect(reading.ok && reading.job.bytes).toBe(Buffer.byteLength(JSON.stringify(data)) + 1);
  });
});
