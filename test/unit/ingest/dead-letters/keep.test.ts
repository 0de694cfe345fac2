import { keepRejected, type Rejected } from '@freshet/ingest/dead-letters/keep';
import type { DeadLetter } from '@freshet/shared/ports/dead-letters';
import { describe, expect, it } from 'vitest';

const problem = { code: 'missing_field', pointer: '/item_id', detail: 'An event needs an item.' } as const;

function keep(values: readonly unknown[], changes: Partial<Rejected> = {}): readonly DeadLetter[] {
  const letters: DeadLetter[] = [];
  keepRejected(
    {
      sent: values.map((value) => ({ value })),
      items: values.map((_, index) => ({ index, status: 'rejected', problem })),
      source: 'queue',
      idFor: (index) => `made-${index}`,
      ...changes,
    },
    { add: (letter) => void letters.push(letter), close: () => Promise.resolve() },
  );
  return letters;
}

describe('rejected events', () => {
  it('are kept as they were sent, with who sent them and why they were rejected', () => {
    expect(keep([{ id: 'e', type: 'view' }])).toEqual([{ queue: 'ingest', source: 'queue', ...problem, payload: '{"id":"e","type":"view"}' }]);
  });

  it('without an id are kept with the one they would have got', () => {
    const payloads = keep([{ type: 'view' }, { id: null }, { id: '' }, { id: 5 }, ['x'], 'text', null]).map(({ payload }) => payload);
    expect(payloads).toEqual(['{"type":"view","id":"made-0"}', '{"id":"made-1"}', '{"id":"made-2"}', '{"id":5}', '["x"]', '"text"', 'null']);
  });

  it('that were never JSON are kept as text; what was accepted is not kept', () => {
    const sent = [{ problem: { ...problem, code: 'malformed_json' as const }, text: '{"half' }, { value: { id: 'fine' } }];
    const items = [{ index: 0, status: 'rejected' as const, problem }, { index: 1, status: 'accepted' as const }];
    expect(keep([], { sent, items }).map(({ payload }) => payload)).toEqual(['{"half']);
  });

  it('are kept up to a hundred of one request', () => {
    expect(keep(Array.from({ length: 150 }, (_, n) => n))).toHaveLength(100);
  });

  it('cannot smuggle a prototype', () => {
    expect(keep([JSON.parse('{"__proto__":{"x":1},"type":"view"}')])[0]?.payload).toBe('{"__proto__":{"x":1},"type":"view","id":"made-0"}');
  });
});
