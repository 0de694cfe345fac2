/** What is said about a Redis that is set up badly, and what can't be used at all. */
import { queueFromUrl } from '@freshet/shared/adapters/queue-from-url';
import { UsageError } from '@freshet/shared/errors';
import { createLogger } from '@freshet/shared/logger';
import { describe, expect, test } from 'vitest';
import { redisInstalled, startRedis, type TestRedis } from '../support/redis.js';

/** The warnings of opening (and closing) the queue. */
async function warningsOf(url: string): Promise<readonly string[]> {
  const warnings: string[] = [];
  const write = (line: string): void => void warnings.push((JSON.parse(line) as { message: string }).message);
  const queue = await queueFromUrl(url, { log: createLogger({ level: 'warn', write }) });
  await queue.close();
  return warnings;
}

async function onRedis(args: readonly string[], work: (redis: TestRedis) => Promise<void>): Promise<void> {
  const redis = await startRedis(args);
  try {
    await work(redis);
  } finally {
    await redis.stop();
  }
}

describe.skipIf(!redisInstalled())('opening a queue on Redis', () => {
  test('warns about eviction and a missing append-only file, one line each with what to change', () =>
    onRedis(['--maxmemory-policy', 'allkeys-lru', '--appendonly', 'no'], async ({ url }) => {
      const warnings = await warningsOf(url);
      expect(warnings).toHaveLength(2);
      expect(warnings[0]).toContain('set "maxmemory-policy noeviction"');
      expect(warnings[1]).toContain('set "appendonly yes"');
    }));

  test('says nothing when Redis is set up as it should be', () =>
    onRedis(['--appendonly', 'yes'], async ({ url }) => expect(await warningsOf(url)).toEqual([])));

  test('warns, and goes on, when Redis does not answer yet', () =>
    onRedis([], async (redis) => {
      await redis.kill();
      expect(await warningsOf(redis.url)).toEqual([expect.stringContaining('does not answer')]);
    }));

  test('refuses a wrong password without showing it', () =>
    onRedis(['--requirepass', 'right'], async ({ url }) => {
      const wrong = url.replace('redis://', 'redis://:mistaken@');
      const refusal = await queueFromUrl(wrong, { log: createLogger({ level: 'silent' }) }).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(UsageError);
      expect(String(refusal)).not.toContain('mistaken');
      expect(await warningsOf(url.replace('redis://', 'redis://:right@'))).toHaveLength(1);
    }));
});

test.each(['amqp://localhost', 'redis://', 'localhost:6379', ''])('refuses the queue URL "%s"', async (url) => {
  await expect(queueFromUrl(url, { log: createLogger({ level: 'silent' }) })).rejects.toBeInstanceOf(UsageError);
});
