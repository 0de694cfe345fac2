/** The scripts in the shells themselves, where they are installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCommands, commandTree } from 'freshet/cli/command-tree';
import { program, run } from './world.js';

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;
const script = async (shell: string): Promise<string> => (await run(['completion', shell])).stdout;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'freshet-completion-'));
  for (const name of ['shop one.yaml', "it's.yaml", '$HOME.yaml']) writeFileSync(join(root, name), '');
});
afterAll(() => rmSync(root, { recursive: true }));

describe('the tree of commands', () => {
  it('has every command with what its options take', () => {
    const tree = commandTree(program());
    const all = allCommands(tree);
    expect(all.map(({ path }) => path)).toEqual(expect.arrayContaining(['freshet', 'freshet start', 'freshet trainer', 'freshet bench serve', 'freshet completion']));
    const start = all.find(({ path }) => path === 'freshet start');
    const option = (name: string) => start?.options.find(({ names }) => names.includes(name));
    expect(option('--engine')?.value).toEqual({ choices: ['auto', 'wasm', 'tensorflow', 'reference'], file: false });
    expect(option('--config')?.value).toEqual({ choices: [], file: true });
    expect(option('--json')).toMatchObject({ value: undefined });
    expect(start?.usage).toBe('freshet start [options]');
    expect(all.find(({ path }) => path === 'freshet replay')?.arguments).toMatchObject([{ name: 'file', file: true }]);
  });

  it('says of each command what it does, and gives an example of each that can be called', () => {
    const all = allCommands(commandTree(program()));
    const callable = all.filter(({ name, commands }) => name !== 'help' && commands.length === 0);
    expect(all.filter(({ description }) => description === '').map(({ path }) => path)).toEqual([]);
    expect(callable.filter(({ path, examples }) => !examples.some((line) => line.includes(path))).map(({ path }) => path)).toEqual([]);
  });
});

describe.runIf(has('bash'))('completion in bash', () => {
  /** The words of the command line, the last one unfinished. */
  const complete = async (...words: readonly string[]): Promise<string[]> => {
    const source = `${await script('bash')}\ncomplete -p freshet >/dev/null || exit 9\nCOMP_WORDS=(freshet "$@"); COMP_CWORD=$#; _freshet; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-uc', source, 'test', ...words], { encoding: 'utf8', cwd: root });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout.split('\n').filter((line) => line !== '');
  };

  it.each([
    [['tr'], ['trainer']],
    [['start', '--th'], ['--threads']],
    [['start', '--engine', ''], ['auto', 'wasm', 'tensorflow', 'reference']],
    [['start', '--engine', 'w'], ['wasm']],
    [['start', '--engine', '=', 'w'], ['wasm']],
    [['start', '--engine', '='], ['auto', 'wasm', 'tensorflow', 'reference']],
    [['start', '--port', ''], []],
    [['bench', 'se'], ['search', 'serve']],
    [['bench', 'serve', '--ra'], ['--rate']],
    [['completion', ''], ['bash', 'zsh', 'fish']],
    [['start', '--config', 'shop'], ['shop one.yaml']],
    [['replay', "it"], ["it's.yaml"]],
    [['replay', '$'], ['$HOME.yaml']],
    [['nonsense', 'tr'], ['trainer']],
  ])('%j', async (words, expected) => {
    expect(await complete(...words)).toEqual(expected);
  });

  it('offers every command and every option of one', async () => {
    const tree = commandTree(program());
    expect(await complete('')).toEqual(tree.commands.map(({ name }) => name));
    const names = tree.commands.find(({ name }) => name === 'start')?.options.flatMap((option) => option.names.filter((name) => name.startsWith('--')));
    expect(await complete('start', '--')).toEqual(names);
  });
});

describe.each(['zsh', 'fish'])('completion in %s', (shell) => {
  if (!has(shell)) console.warn(`SKIPPED: ${shell} is not installed here, so nobody reads its completion script.`);
  it.runIf(has(shell))('is a script that the shell can read', async () => {
    expect(spawnSync(shell, ['-n', '/dev/stdin'], { input: await script(shell), encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it('names every command and no quote is left open', async () => {
    const text = await script(shell);
    for (const { path } of allCommands(commandTree(program()))) expect(text).toContain(path);
    const bare = text.replaceAll(/\\\\|\\'/g, '').replaceAll(/#.*/g, '');
    expect((bare.match(/'/g) ?? []).length % 2).toBe(0);
  });
});
