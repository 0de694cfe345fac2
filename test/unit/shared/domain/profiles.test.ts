import { decodePayload, encodePayload } from '@freshet/shared/codec/payload';
import { decodeProfile, encodeProfile } from '@freshet/shared/codec/state';
import type { UserRef } from '@freshet/shared/domain/event';
import { createProfiles, type Profile, type Profiles } from '@freshet/shared/domain/profiles';
import fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

const refOf = (n: number): UserRef => n.toString(16).padStart(16, '0') as UserRef;
const PEOPLE = [1, 2, 3].map(refOf);
const changes = fc.array(fc.record({ user: fc.constantFrom(...PEOPLE), segments: fc.array(fc.constantFrom('vip', 'tea', 'staff'), { maxLength: 2 }) }), { maxLength: 30 });

function fold(profiles: Profiles, log: readonly Profile[]): Profiles {
  for (const { seq, index, ...change } of log) profiles.apply(change, { seq, index });
  return profiles;
}

function all(profiles: Profiles): readonly (Profile | undefined)[] {
  return PEOPLE.map((user) => profiles.find(user));
}

describe('profiles', () => {
  it('are what was said last of each shopper, and nothing of whom nothing is said', () => {
    fc.assert(
      fc.property(changes, (sent) => {
        const log = sent.map((change, i) => ({ ...change, seq: 1 + i, index: 0 }));
        const profiles = fold(createProfiles(), log);
        for (const user of PEOPLE) {
          const last = log.findLast((one) => one.user === user);
          expect(profiles.find(user)).toEqual(last === undefined || last.segments.length === 0 ? undefined : last);
        }
        expect(profiles.size).toBe(all(profiles).filter((one) => one !== undefined).length);
      }),
    );
  });

  it('end alike from whatever checkpoint, newer rows included, the log is folded on', () => {
    fc.assert(
      fc.property(changes, fc.nat(), fc.nat(), (sent, cut, over) => {
        const log = sent.map((change, i) => ({ ...change, seq: 1 + i, index: 0 }));
        const from = cut % (log.length + 1);
        const written = from + (over % (log.length - from + 1));
        const whole = fold(createProfiles(), log);
        const later = createProfiles();
        for (const profile of all(fold(createProfiles(), log.slice(0, written)))) if (profile !== undefined) later.load(decodeProfile(encodeProfile(profile)));
        expect(all(fold(later, log.slice(from)))).toEqual(all(whole));
      }),
    );
  });

  it('are dirty once a change, also when they are gone, and not for what is loaded', () => {
    const [one = refOf(1), other = refOf(2)] = PEOPLE;
    const profiles = createProfiles();
    profiles.load({ user: other, segments: ['vip'], seq: 1, index: 0 });
    expect([...profiles.takeDirty()]).toEqual([]);
    fold(profiles, [{ user: one, segments: ['vip'], seq: 2, index: 0 }, { user: other, segments: [], seq: 3, index: 0 }]);
    expect([...profiles.takeDirty()]).toEqual([one, other]);
    expect([...profiles.takeDirty()]).toEqual([]);
    expect(profiles.find(other)).toBeUndefined();
  });

  it('of few kinds take less than 200 bytes a shopper: lists that are alike are held once', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap = (): number => {
      collect();
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = heap();
    const profiles = createProfiles();
    const kinds = ['vip', 'tea', 'staff', 'new', 'lapsed'];
    for (let n = 1; n <= 100_000; n++) profiles.load(decodeProfile(encodeProfile({ user: refOf(n), segments: kinds.slice(0, 1 + (n % kinds.length)), seq: n, index: 0 })));
    const bytes = (heap() - before) / profiles.size;
    expect([bytes > 20, bytes < 200], `${bytes} bytes`).toEqual([true, true]);
    expect(profiles.find(refOf(1))?.segments).toBe(profiles.find(refOf(6))?.segments);
  });
});

it('an entry of profiles is read back as it was written, the reference at the place where erasure looks for it', () => {
  const [user = refOf(1)] = PEOPLE;
  const bytes = encodePayload({ kind: 'user', changes: [{ segments: ['vip', 'tea'], user }] });
  expect(decodePayload('user', bytes)).toEqual({ kind: 'user', changes: [{ user, segments: ['vip', 'tea'] }] });
  expect(bytes.subarray(27, 43).toString()).toBe(user);
});
