/** What the server is told and what it says. */
import { explainFailure } from 'freshet/embedded/failure';
import { parsePostmasterFile } from 'freshet/embedded/postmaster';
import { serverSettings, settingsArguments } from 'freshet/embedded/settings';
import { describe, expect, test } from 'vitest';

const READY = '4711\n/data/postgres\n1764000000\n5432\n/tmp/freshet\n\n  1234 5678\nready   \n';

describe('postmaster.pid', () => {
  test('names the process and says when it is ready', () => {
    expect(parsePostmasterFile(READY)).toEqual({ pid: 4_711, status: 'ready', socketDir: '/tmp/freshet' });
  });

  test('has no status while the server is coming up', () => {
    expect(parsePostmasterFile('4711\n/data/postgres\n')).toEqual({ pid: 4_711, status: '', socketDir: '' });
  });

  test.each(['', 'x\n', '-5\n', '0\n'])('is nobody’s when its first line is %j', (text) => {
    expect(parsePostmasterFile(text)).toBeUndefined();
  });
});

describe('settings', () => {
  const input = { socketDir: '/tmp/s', maxConnections: 100, durable: true, memoryBytes: 8 * 2 ** 30 };

  test('are durable, closed to the network and sized for the machine', () => {
    const settings = serverSettings(input);
    expect(settings.get('synchronous_commit')).toBe('on');
    expect(settings.get('fsync')).toBe('on');
    expect(settings.get('listen_addresses')).toBe('');
    expect(settings.get('shared_buffers')).toBe('256MB');
  });

  test('take a sixteenth of a small machine’s memory, and no less than Postgres can live with', () => {
    expect(serverSettings({ ...input, memoryBytes: 2 ** 30 }).get('shared_buffers')).toBe('64MB');
    expect(serverSettings({ ...input, memoryBytes: 2 ** 27 }).get('shared_buffers')).toBe('32MB');
  });

  test('become one -c argument each', () => {
    expect(settingsArguments(new Map([['a', '1'], ['b', '']]))).toEqual(['-c', 'a=1', '-c', 'b=']);
  });
});

describe('a failure', () => {
  const explain = (output: string, cause?: unknown): string => explainFailure({ doing: 'start Postgres', place: '/data', output, cause }).message;

  test.each([
    ['FATAL:  could not write: No space left on device', 'the disk is full'],
    ['initdb: could not look up effective user ID 1234: user does not exist', 'no entry in /etc/passwd'],
    ['postgres: error while loading shared libraries: libpq.so.5', 'reinstall'],
    ['could not open file: Permission denied', 'permission was denied'],
  ])('that prints %j is explained, with what was printed', (output, sentence) => {
    expect(explain(output)).toContain(sentence);
    expect(explain(output)).toContain(output);
  });

  test('that prints something unknown shows the last lines of it', () => {
    const message = explain(Array.from({ length: 50 }, (_, n) => `line ${n}`).join('\n'));
    expect(message).toContain('line 49');
    expect(message).not.toContain('line 41\n');
  });

  test('to spawn a program that is there means a system without glibc', () => {
    expect(explain('', Object.assign(new Error('spawn'), { code: 'ENOENT', syscall: 'spawn /x/postgres' }))).toContain('glibc');
    expect(explain('', Object.assign(new Error('mkdir'), { code: 'ENOENT', syscall: 'mkdir' }))).not.toContain('glibc');
  });
});
