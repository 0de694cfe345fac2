/**
 * The code blocks of the docs that `pipeline/examples` doesn't run: none escapes it by having no language, commands that are only
 * shown are commands of the program, and TypeScript is TypeScript.
 *
 * 1. A block without a language says on the line before it that it is no code: `<!-- output -->`.
 * 2. Each `freshet …` in blocks of `console`, or of `sh` that aren't run, names a command, options of it, and as many arguments as it takes. Values aren't judged.
 * 3. Blocks of `ts` parse. Their types aren't checked: they name things of the reader's shop.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';
import { type CodeBlock, codeBlocks } from '../../support/code-blocks.js';
import { freshetCalls } from '../../support/shown-commands.js';
import { program } from '../freshet/cli/world.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name));
const PAGES = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'infra/README.md', 'examples/README.md', ...inDocs].filter((name) => name.endsWith('.md'));
const LANGUAGES = ['console', 'ini', 'json', 'sh', 'text', 'ts', 'yaml'];

const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const blocks: readonly (CodeBlock & { readonly page: string })[] = PAGES.flatMap((page) => codeBlocks(read(page)).map((block) => ({ page, ...block })));

/** What is wrong with a command line of the program, without running it; undefined if nothing is. */
function mistakeIn(words: readonly string[]): string | undefined {
  let command = program();
  const rest = [...words];
  for (let child = command; child !== undefined; ) {
    command = child;
    const next = command.commands.find((each) => each.name() === rest[0]);
    if (next === undefined) break;
    rest.shift();
    child = next;
  }
  if (command.commands.length > 0) return rest[0] === '--help' || rest[0] === '--version' ? undefined : `no command: ${words.join(' ')}`;
  try {
    const { operands, unknown } = command.parseOptions(rest);
    if (unknown.length > 0) return `no option: ${unknown.join(' ')}`;
    const { registeredArguments: known } = command;
    if (operands.length < known.filter(({ required }) => required).length) return 'an argument is missing';
    return operands.length > known.length && known.at(-1)?.variadic !== true ? `too many arguments: ${operands.join(' ')}` : undefined;
  } catch (error) {
    return String(error);
  }
}

describe('code blocks', () => {
  it.each(PAGES)('of %s are all seen, each with a language or as output', (page) => {
    const own = blocks.filter((block) => block.page === page);
    expect(read(page).match(/^\s*(```|~~~)/gm) ?? []).toHaveLength(2 * own.length);
    expect(own.filter(({ language, note }) => (language === '' ? note !== 'output' : !LANGUAGES.includes(language)))).toEqual([]);
  });

  it('that are shown, not run, have commands, options and arguments that the program takes', () => {
    const shown = blocks.filter(({ language, note }) => language === 'console' || (language === 'sh' && note.startsWith('not run')));
    const calls = shown.flatMap(({ page, text }) => freshetCalls(text).map((words) => ({ page, words })));
    expect(calls.filter(({ page }) => page === 'docs/CLI.md').length).toBeGreaterThan(30);
    const mistakes = calls.map((call) => ({ ...call, mistake: mistakeIn(call.words) }));
    expect(mistakes.filter(({ mistake }) => mistake !== undefined)).toEqual([]);
  });

  it('of TypeScript parse', () => {
    const typed = blocks.filter(({ language }) => language === 'ts');
    expect(typed.length).toBeGreaterThan(0);
    expect(typed.flatMap(({ page, text }) => parseSync('block.ts', text).errors.map(({ message }) => ({ page, text, message })))).toEqual([]);
  });
});

describe('a mistake in a command', () => {
  it.each([
    ['strat'], ['models'], ['models lst'], ['start --prot 80'], ['import'], ['restore a b'], ['events tail --limit'],
  ])('is seen: freshet %s', (line) => {
    expect(mistakeIn(line.split(' '))).toEqual(expect.any(String));
  });

  it('is looked for where a command stands, and nowhere else', () => {
    const text = "$ A=1 freshet start --port 80 # freshet no\n$ zcat *.gz | freshet import - > freshet.out\n$ source <(freshet completion bash)\n$ useradd freshet\n$ freshet backup \"/b/$(date +%F) x\" && freshet doctor\nfreshet models rollback \\\n  4711 --reason 'at noon'\n";
    expect(freshetCalls(text)).toEqual([
      ['start', '--port', '80'],
      ['import', '-'],
      ['completion', 'bash'],
      ['backup', '/b/$(date +%F) x'],
      ['doctor'],
      ['models', 'rollback', '4711', '--reason', 'at noon'],
    ]);
  });
});
