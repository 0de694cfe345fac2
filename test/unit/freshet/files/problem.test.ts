import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from 'freshet/files/online-retail';
import { PROBLEMS } from 'freshet/files/problem';

describe('the reasons of the readers', () => {
  const page = readFileSync(new URL('../../../../docs/IMPORT.md', import.meta.url), 'utf8');

  it('are all in docs/IMPORT.md', () => {
    expect([...Object.keys(PROBLEMS), 'out_of_order', 'too_large'].filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });

  it('are told apart by code and by sentence, those of the preset as well', () => {
    const all = Object.entries({ ...PROBLEMS, ...RULES });
    expect(all).toHaveLength(Object.keys(PROBLEMS).length + Object.keys(RULES).length);
    expect(new Set(all.map(([, reason]) => reason)).size).toBe(all.length);
  });
});
