import { describe, expect, it } from 'vitest';
import { endingOf } from 'freshet/cli/exit';
import { calledCommand } from 'freshet/cli/program';
import { CapacityError, FreshetError, UnavailableError, UsageError } from '@freshet/shared/errors';
import { program, run } from './world.js';

describe('the end of a command', () => {
  it.each([
    [new UsageError('setting', 'a'), 2, 'setting'],
    [new FreshetError('broken', 'a'), 1, 'broken'],
    [new UnavailableError('nothing_answers', 'a'), 1, 'nothing_answers'],
    [new CapacityError('full', 'a'), 1, 'full'],
    [new Error('a'), 1, 'unexpected'],
    ['a', 1, 'unexpected'],
  ])('%s is exit code %d and code %s', (thrown, exitCode, code) => {
    expect(endingOf(thrown, 'freshet start')).toEqual({ exitCode, failure: { code, message: 'a' } });
  });

  it('tells the cause where that says more', () => {
    expect(endingOf(new Error('no database', { cause: new Error('ECONNREFUSED') }), 'freshet').failure?.message).toBe('no database (ECONNREFUSED)');
    expect(endingOf(new Error('no database: timeout', { cause: new Error('timeout') }), 'freshet').failure?.message).toBe('no database: timeout');
  });

  it.each([
    [['start', '--prot', '3'], 'unknown_option', "unknown option '--prot'; did you mean --port?"],
    [['strat'], 'unknown_command', "unknown command 'strat'; did you mean start?"],
    [['bench', 'ingset'], 'unknown_command', "unknown command 'ingset'; did you mean ingest?"],
    [['start', '--port'], 'option_missing_argument', "option '--port <number>' argument missing"],
    [['start', 'now'], 'excess_arguments', "too many arguments for 'start'. Expected 0 arguments but got 1."],
    [['replay'], 'missing_argument', "missing required argument 'file'"],
    [['completion', 'tcsh'], 'invalid_argument', "command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish."],
    [['bench'], 'missing_command', 'one of the commands of `freshet bench` is needed'],
  ])('%j is a mistake of usage', async (words, code, message) => {
    const { thrown, stdout } = await run(words);
    const { exitCode, failure } = endingOf(thrown, calledCommand(program(), words));
    expect({ exitCode, stdout, code: failure?.code, message: failure?.message }).toEqual({ exitCode: 2, stdout: '', code, message });
  });

  it.each([['--help'], ['--version'], ['help'], ['start', '--help'], ['help', 'start'], ['bench', 'serve', '--help']])('%s is a good one', async (...words) => {
    const { thrown, stdout, stderr } = await run(words);
    expect(endingOf(thrown, 'freshet')).toEqual({ exitCode: 0 });
    expect([stdout.length > 5, stderr]).toEqual([true, '']);
  });

  it('points to the help of the command that was called', async () => {
    expect(calledCommand(program(), ['bench', 'serve', '--rate', 'start'])).toBe('freshet bench serve');
    expect(calledCommand(program(), ['nope', '--json'])).toBe('freshet');
    expect(endingOf((await run(['bench', 'serve', '--nope'])).thrown, 'freshet bench serve').failure?.hint).toBe('`freshet bench serve --help` says what there is.');
  });
});
