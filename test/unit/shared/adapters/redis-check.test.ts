import { judge, parseInfo, sentenceOf } from '@freshet/shared/adapters/bullmq/redis-check';
import { UsageError } from '@freshet/shared/errors';
import { expect, test } from 'vitest';

const good = '# Server\r\nredis_version:7.0.15\r\nmaxmemory_policy:noeviction\r\n# Persistence\r\naof_enabled:1\r\n';
const findings = (info: string): readonly string[] => judge('Redis at host:6379', parseInfo(info)).map(sentenceOf);

test('finds nothing wrong with a Redis set up for the queue, nor with one that hides its settings', () => {
  expect(findings(good)).toEqual([]);
  expect(findings('redis_version:6.2.0')).toEqual([]);
});

test('says what to change, one finding each', () => {
  expect(findings(good.replace('noeviction', 'volatile-lru'))).toEqual([expect.stringContaining('set "maxmemory-policy noeviction"')]);
  expect(findings(good.replace('aof_enabled:1', 'aof_enabled:0'))).toEqual([expect.stringContaining('set "appendonly yes"')]);
  expect(findings(good.replace('7.0.15', '6.0.16'))).toEqual([expect.stringContaining('upgrade to 6.2')]);
});

test('refuses a version that the queue cannot use', () => {
  expect(() => findings(good.replace('7.0.15', '4.0.14'))).toThrow(UsageError);
});
