/** What a suite's run is counted as, when files ran once and when some ran twice (scripts/lib/suite.js). */
import { describe, expect, it } from 'vitest';
import { count, countTwoRuns, filesToRunAgain } from '../../../scripts/lib/suite.js';

const passed = (file: string) => ({ file, name: `is right in ${file}`, state: 'passed' });
const failed = (file: string) => ({ file, name: `is late in ${file}`, state: 'failed', note: 'expected 3 to be 4' });
const run = (...tests: ReturnType<typeof passed>[]) => ({ report: { tests, unloaded: [] }, ended: tests.some(({ state }) => state === 'failed') ? 'code 1' : '' });

describe('the counts of a suite', () => {
  it('names what failed, with the first line of why', () => {
    expect(count(run(passed('a'), failed('b')))).toEqual({ passed: 1, failed: 1, skipped: 0, notes: ['failed: b: is late in b (expected 3 to be 4)'] });
  });

  it('takes a run without a report for a failure', () => {
    expect(count({ report: undefined, ended: 'SIGKILL' })).toMatchObject({ passed: 0, failed: 1 });
  });

  it('takes a run that ended badly without a failed test for a failure', () => {
    expect(count({ ...run(passed('a')), ended: 'code 1' })).toMatchObject({ passed: 1, failed: 1 });
  });
});

describe('a second run', () => {
  it('is for the failed files of suites that start services, not for the others', () => {
    expect(filesToRunAgain('pipeline', run(passed('a'), failed('b'), failed('b')))).toEqual(['b']);
    expect(filesToRunAgain('unit', run(passed('a'), failed('b')))).toEqual([]);
    expect(filesToRunAgain('pipeline', { report: { tests: [], unloaded: ['c'] }, ended: 'code 1' })).toEqual(['c']);
  });

  it("isn't made where many files failed", () => {
    expect(filesToRunAgain('faults', run(...['a', 'b', 'c', 'd'].map(failed)))).toEqual([]);
  });

  it('counts what passes then as passed, and names it as unstable', () => {
    expect(countTwoRuns(run(passed('a'), failed('b')), run(passed('b')), ['b'])).toEqual({
      passed: 2,
      failed: 0,
      skipped: 0,
      notes: ['UNSTABLE: b: is late in b (expected 3 to be 4)'],
    });
  });

  it('leaves what fails twice a failure, and a second run that says nothing too', () => {
    const first = run(passed('a'), failed('b'));
    expect(countTwoRuns(first, run(failed('b')), ['b'])).toMatchObject({ passed: 1, failed: 1 });
    expect(countTwoRuns(first, { report: undefined, ended: 'SIGKILL' }, ['b'])).toMatchObject({ passed: 1, failed: 1 });
  });
});
