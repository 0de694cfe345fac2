import { memoryBench } from 'freshet/bench/memory/memory';
import { describe, expect, it } from 'vitest';

describe('bench memory', () => {
  it('of serving holds all that it was asked to hold, and tells what each part takes', async () => {
    const said: string[] = [];
    const result = await memoryBench.run(
      { of: 'serving', items: '300', dim: '16', followers: '16', words: '40', users: '1', events: '1', replay: '1', seed: '1' },
      { say: (text) => void said.push(text), signal: new AbortController().signal, environment: {} },
    );
    expect(result).toMatchObject({ bench: 'memory', of: 'serving', held: { items: 300, words: 40, documents: 300, searched: 300 } });
    expect(Object.keys(result['parts'] as object)).toEqual(['process_mb', 'model_mb', 'followers_mb', 'lists_mb', 'catalogue_mb', 'search_mb']);
    expect(said).toHaveLength(5);
  }, 60_000);

  it('of nobody is refused', () => {
    expect(() => memoryBench.run({ of: 'ingest' }, { say: () => undefined, signal: new AbortController().signal, environment: {} })).toThrow('trainer or serving');
  });
});
