import { expect, it } from 'vitest';
import { createPersonRefs, STRANGER_MS } from '@freshet/serving/person-refs';
import type { UserRef } from '@freshet/shared/domain/event';
import { pseudonymOf } from '@freshet/shared/domain/keys';
import type { PersonKey } from '@freshet/shared/ports/user-refs';

function store(known: readonly string[]) {
  const refs = new Map(known.map((id, i) => [pseudonymOf('user', id).toString('hex'), i.toString(16).padStart(16, '0') as UserRef]));
  const calls: number[] = [];
  return {
    calls,
    add: (id: string) => refs.set(pseudonymOf('user', id).toString('hex'), 'f'.repeat(16) as UserRef),
    lookup: async (keys: readonly PersonKey[]) => {
      calls.push(keys.length);
      await Promise.resolve();
      return keys.map((key) => {
        const ref = refs.get(key.pseudonym.toString('hex'));
        return ref === undefined ? undefined : { ref, joined: false };
      });
    },
  };
}

it('remembers whom it has found', async () => {
  const people = store(['ann']);
  const refs = createPersonRefs(people, { limit: 10, now: () => 0 });
  expect(refs.cached('user', 'ann')).toBeUndefined();
  expect(await refs.find('user', 'ann')).toBe('0'.repeat(16));
  expect(refs.cached('user', 'ann')).toBe('0'.repeat(16));
  expect(refs.cached('session', 'ann')).toBeUndefined();
  expect(await refs.find('user', 'bob')).toBeUndefined();
});

it('asks once for a stranger, and again as soon as the log has brought anybody new or some seconds have passed', async () => {
  let now = 0;
  const people = store([]);
  const refs = createPersonRefs(people, { limit: 10, now: () => now });
  for (let n = 0; n < 3; n++) expect(await refs.find('user', 'bob')).toBeUndefined();
  expect(people.calls).toHaveLength(1);
  people.add('bob');
  expect(await refs.find('user', 'bob')).toBeUndefined();
  refs.newcomer();
  expect(await refs.find('user', 'bob')).toBe('f'.repeat(16));

  expect(await refs.find('user', 'cid')).toBeUndefined();
  people.add('cid');
  now = STRANGER_MS;
  expect(await refs.find('user', 'cid')).toBe('f'.repeat(16));
});

it('doesn’t keep a stranger whom the log brought while he was being looked up', async () => {
  const people = store([]);
  const refs = createPersonRefs(people, { limit: 10, now: () => 0 });
  const early = refs.find('user', 'bob');
  refs.newcomer();
  expect(await early).toBeUndefined();
  people.add('bob');
  expect(await refs.find('user', 'bob')).toBe('f'.repeat(16));
});

it('asks each time for a session: it can become a known shopper’s', async () => {
  const people = store([]);
  const refs = createPersonRefs(people, { limit: 10, now: () => 0 });
  await refs.find('session', 's');
  await refs.find('session', 's');
  expect(people.calls).toEqual([1, 1]);
});

it('forgets the one used longest ago beyond its limit', async () => {
  const refs = createPersonRefs(store(['a', 'b', 'c']), { limit: 2, now: () => 0 });
  await refs.find('user', 'a');
  await refs.find('user', 'b');
  refs.cached('user', 'a');
  await refs.find('user', 'c');
  expect(['a', 'b', 'c'].map((id) => refs.cached('user', id) !== undefined)).toEqual([true, false, true]);
});

it('sends look-ups that come together in one question', async () => {
  const people = store(['ann']);
  const refs = createPersonRefs(people, { limit: 10, now: () => 0 });
  await Promise.all(Array.from({ length: 700 }, (_, i) => refs.find('user', `u${i}`)));
  expect(people.calls).toEqual([1, 500, 199]);
});

it('tells everybody who asked when the store fails, and works again afterwards', async () => {
  const people = store(['ann']);
  let broken = true;
  const refs = createPersonRefs({ lookup: (keys) => (broken ? Promise.reject(new Error('gone')) : people.lookup(keys)) }, { limit: 10, now: () => 0 });
  await expect(Promise.all([refs.find('user', 'ann'), refs.find('user', 'bob')])).rejects.toThrow('gone');
  broken = false;
  expect(await refs.find('user', 'ann')).toBe('0'.repeat(16));
});
