import { FreshetError } from '@freshet/shared/errors';
import { createOwner, startService, withDeadline } from '@freshet/shared/lifecycle';
import { describe, expect, test } from 'vitest';

const never = new Promise<never>(() => undefined);

describe('an owner', () => {
  test('releases what was acquired last first, one after the other', async () => {
    const order: string[] = [];
    const owner = createOwner();
    owner.own('pool', 'the pool', async (pool) => {
      order.push(`${pool} …`);
      await Promise.resolve();
      order.push('… closed');
    });
    owner.defer('server', () => order.push('server'));
    await owner.close();
    expect(order).toEqual(['server', 'the pool …', '… closed']);
  });

  test('closes once, however often it is asked', async () => {
    let released = 0;
    const owner = createOwner();
    owner.defer('one', () => released++);
    await Promise.all([owner.close(), owner.close()]);
    await owner.close();
    expect(released).toBe(1);
  });

  test('releases the others when one fails or hangs, and names both', async () => {
    const order: string[] = [];
    const owner = createOwner();
    owner.defer('last', () => order.push('last'));
    owner.defer('hanging', () => never, 10);
    owner.defer('failing', () => {
      throw new Error('broken');
    });
    owner.defer('first', () => order.push('first'));
    await expect(owner.close()).rejects.toThrow(/failing: broken; hanging: .*10 ms/);
    expect(order).toEqual(['first', 'last']);
  });

  test('releases at once what is acquired after it was closed, and says so', async () => {
    const owner = createOwner();
    await owner.close();
    let released = false;
    expect(() => owner.own('late', {}, () => (released = true))).toThrow(/late was acquired after/);
    expect(released).toBe(true);
  });

  test('is released by `await using`', async () => {
    let released = false;
    {
      await using owner = createOwner();
      owner.defer('it', () => (released = true));
    }
    expect(released).toBe(true);
  });
});

describe('a deadline', () => {
  test('passes a result and an error through, and rejects with a retryable error when it is over', async () => {
    expect(await withDeadline(Promise.resolve(1), 1_000, 'it')).toBe(1);
    await expect(withDeadline(Promise.reject(new Error('own')), 1_000, 'it')).rejects.toThrow('own');
    await expect(withDeadline(never, 5, 'it')).rejects.toMatchObject({ code: 'deadline_exceeded', retryable: true });
  });
});

describe('a service', () => {
  test('is ready when it has started, and done when it was stopped and has released everything', async () => {
    const order: string[] = [];
    const service = startService(async ({ owner, signal }) => {
      owner.defer('socket', () => order.push(`released, aborted: ${signal.aborted}`));
      await Promise.resolve();
      order.push('started');
    });
    await service.ready;
    await Promise.all([service.stop(), service.stop(), service.done]);
    expect(order).toEqual(['started', 'released, aborted: true']);
  });

  test('that cannot start releases what it has, then rejects ready and done with the reason', async () => {
    const reason = new FreshetError('no_database', 'Postgres is away');
    let released = false;
    const service = startService(({ owner }) => {
      owner.defer('socket', () => (released = true));
      return Promise.reject(reason);
    });
    await expect(service.ready).rejects.toBe(reason);
    expect(released).toBe(true);
    await expect(service.done).rejects.toBe(reason);
    await expect(service.stop()).resolves.toBeUndefined();
  });

  test('that fails later ends with that error, also when releasing fails as well', async () => {
    const reason = new FreshetError('fenced', 'another leader');
    let fail: ((error: Error) => void) | undefined;
    const service = startService((context) => {
      fail = context.fail;
      context.owner.defer('broken', () => Promise.reject(new Error('release')));
      return Promise.resolve();
    });
    await service.ready;
    fail?.(reason);
    fail?.(new Error('a second one'));
    await expect(service.done).rejects.toBe(reason);
    await expect(service.stop()).rejects.toThrow('broken: release');
  });

  test('stopped while it starts does not leak what it acquires afterwards', async () => {
    let proceed = (): void => undefined;
    let released = false;
    const service = startService(async ({ owner }) => {
      await new Promise<void>((resolve) => (proceed = resolve));
      owner.own('late', {}, () => (released = true));
    });
    await service.stop();
    proceed();
    await expect(service.ready).rejects.toThrow(/late was acquired after/);
    expect(released).toBe(true);
  });
});
