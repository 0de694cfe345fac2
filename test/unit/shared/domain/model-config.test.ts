import { configHash, DEFAULT_MODEL, followersOf, MAX_FOLLOWERS } from '@freshet/shared/domain/model-config';
import { describe, expect, it } from 'vitest';

describe('the hash of what a row means', () => {
  const { dim, temperature } = DEFAULT_MODEL;

  it('is with 128 followers what releases without the setting wrote', () => {
    expect(configHash({ dim: 64, temperature: 0.07, followers: MAX_FOLLOWERS })).toBe(3_860_831_964);
  });

  it('differs with every number of followers, which it tells again', () => {
    const all = Array.from({ length: 8 }, (_, i) => 16 * (i + 1));
    expect(new Set(all.map((followers) => configHash({ dim, temperature, followers }))).size).toBe(8);
    for (const followers of all) expect(followersOf(configHash({ dim, temperature, followers }), { dim, temperature })).toBe(followers);
  });

  it('of another dimension or temperature tells nothing', () => {
    for (const other of [{ dim: 128, temperature }, { dim, temperature: 0.1 }]) expect(followersOf(configHash({ ...other, followers: 32 }), { dim, temperature })).toBeUndefined();
  });
});
