import { describe, expect, it } from 'vitest';
import { judgeClock, judgeOwnClock } from 'freshet/doctor/clock';
import { judgeDataDir } from 'freshet/doctor/data-dir';
import type { Finding } from 'freshet/doctor/finding';
import { judgeListening } from 'freshet/doctor/listening';
import { judgeMachine } from 'freshet/doctor/machine';
import { judgePostgres } from 'freshet/doctor/postgres';
import type { PostgresFacts } from '@freshet/shared/adapters/postgres/inspect';

/** What needs a word, as `check: level`. */
const wrong = (findings: readonly Finding[]): string[] => findings.filter(({ level }) => level !== 'ok').map(({ check, level }) => `${check}: ${level}`);

describe('the machine', () => {
  const good = { node: '20.19.0', cores: 2, memoryBytes: 4 * 2 ** 30, openFiles: 1_024 };
  const settings = { threads: 1, maxItems: 262_144, dim: 64 };

  it('is fine as the README asks for it', () => {
    expect(wrong(judgeMachine(good, settings))).toEqual([]);
    expect(wrong(judgeMachine({ ...good, cores: 1, openFiles: undefined }, settings))).toEqual([]);
  });

  it.each([
    ['an old Node', { node: '20.18.9' }, {}, ['node: error']],
    ['a much older Node', { node: '18.20.0' }, {}, ['node: error']],
    ['as many training threads as cores', {}, { threads: 2 }, ['threads: warning']],
    ['room for more items than there is memory for', {}, { maxItems: 4_000_000 }, ['memory: warning']],
    ['hardly any memory', { memoryBytes: 2 ** 29 }, {}, ['memory: error']],
    ['few open files', { openFiles: 256 }, {}, ['open_files: warning']],
  ])('is told of %s', (_what, facts, wished, expected) => {
    expect(wrong(judgeMachine({ ...good, ...facts }, { ...settings, ...wished }))).toEqual(expected);
  });
});

describe('clocks', () => {
  it('that were never set, or are apart, are told of', () => {
    expect(judgeOwnClock(0).level).toBe('error');
    expect(judgeClock('x', 'Redis', 400).level).toBe('ok');
    expect(judgeClock('x', 'Redis', -5_000)).toMatchObject({ level: 'warning', found: 'the clock of Redis is 5.0 s behind ours' });
    expect(judgeClock('x', 'Redis', 300_000)).toMatchObject({ level: 'error', found: 'the clock of Redis is 300.0 s ahead of ours' });
  });
});

describe('the data directory', () => {
  const good = { dir: '/data', refusal: undefined, filesMajor: 18, programsMajor: 18, freeBytes: 100e9, fileSystem: 'disk' as const, logMaxBytes: 10e9 };
  it.each([
    ['nothing wrong', {}, []],
    ['files of another Postgres', { filesMajor: 17 }, ['data_dir: error']],
    ['a directory in memory', { fileSystem: 'memory' as const }, ['data_dir_file_system: error']],
    ['a network file system', { fileSystem: 'network' as const }, ['data_dir_file_system: warning']],
    ['less room than the log may take', { freeBytes: 12e9 }, ['disk_space: warning']],
    ['a disk that is nearly full', { freeBytes: 0.5e9 }, ['disk_space: error']],
  ])('with %s', (_what, facts, expected) => {
    expect(wrong(judgeDataDir({ ...good, ...facts }))).toEqual(expected);
  });
});

describe('the address', () => {
  const here = { host: '127.0.0.1', port: 8080 };
  it('of another release, of one that is not ready, and one that the world can reach are told of', () => {
    const running = { version: '0.1.0', ready: false, problems: ['serving loading the model'] };
    const refusal = { code: 'port_in_use', sentence: 'taken' };
    expect(wrong(judgeListening({ refusal, running }, here, '0.2.0'))).toEqual(['running_version: warning', 'running_ready: error']);
    expect(wrong(judgeListening({ refusal, running: undefined }, here, '0.2.0'))).toEqual(['port: error']);
    expect(wrong(judgeListening({ refusal: undefined, running: undefined }, { ...here, host: '0.0.0.0' }, '0.2.0'))).toEqual(['exposure: warning']);
  });
});

describe('Postgres', () => {
  const good: PostgresFacts = {
    label: 'Postgres at db', version: '16.4', major: 16, standby: false, encoding: 'UTF8', mayCreate: true, connectionsLeft: 90,
    settings: new Map([['synchronous_commit', 'on'], ['fsync', 'on'], ['full_page_writes', 'on'], ['autovacuum', 'on'], ['default_transaction_isolation', 'read committed']]),
    clockAheadMs: 3, roundTripMs: 1, schema: { state: 'current' }, model: { dim: 64, logged: 10, applied: 10, trainerSilentMs: 100, deadLetters: 0 },
  };
  const context = { settings: { dim: 64 }, running: true };
  const set = (name: string, value: string) => ({ settings: new Map([...good.settings, [name, value]]) });

  it.each<[string, Partial<PostgresFacts>, string[]]>([
    ['as it should be', {}, []],
    ['of an old version', { major: 13, version: '13.9' }, ['postgres_version: error']],
    ['that is a standby', { standby: true }, ['postgres_role: error']],
    ['that may tear pages', set('full_page_writes', 'off'), ['postgres_durability: error']],
    ['without fsync', set('fsync', 'off'), ['postgres_durability: error']],
    ['without autovacuum', set('autovacuum', 'off'), ['postgres_autovacuum: warning']],
    ['whose trainer is silent', { model: { dim: 64, logged: 10, applied: 9, trainerSilentMs: 60_000, deadLetters: 0 } }, ['trainer: warning']],
    ['whose trainer is far behind', { model: { dim: 64, logged: 100_000, applied: 9, trainerSilentMs: 6, deadLetters: 0 } }, ['trainer: warning']],
    ['whose clock runs ahead', { clockAheadMs: 90_000 }, ['postgres_clock: error']],
    ['that is far away, not wrong', { clockAheadMs: 2_500, roundTripMs: 4_000 }, []],
  ])('%s', (_what, facts, expected) => {
    expect(wrong(judgePostgres({ ...good, ...facts }, context))).toEqual(expected);
  });
});
