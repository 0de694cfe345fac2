/** The catalogue of problem codes against the sources: the compiler lets no unknown code out; here no entry is left unused. */
import { isProblemCode, PROBLEMS } from '@freshet/shared/http/problems/catalogue';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const packages = fileURLToPath(new URL('../../../../packages', import.meta.url));
const OWN = /[/\\]http[/\\]problems[/\\]/;

function sources(...names: readonly string[]): string {
  const files = names.flatMap((name) => readdirSync(join(packages, name, 'src'), { recursive: true, encoding: 'utf8' }).map((file) => join(packages, name, 'src', file)));
  return files.filter((file) => file.endsWith('.ts') && !OWN.test(file)).map((file) => readFileSync(file, 'utf8')).join('\n');
}

const all = sources('shared', 'ingest', 'trainer', 'serving', 'freshet');

describe('the catalogue of problems', () => {
  test('names no code that nothing in the sources gives', () => {
    expect(PROBLEMS.map(({ code }) => code).filter((code) => !all.includes(`'${code}'`))).toEqual([]);
  });

  test('knows every code that is given to a problem or a rejection', () => {
    const patterns = [/\bHttpProblem\(\s*[\w.]+,\s*'(\w+)'/g, /\bproblem\(\s*\d+,\s*'(\w+)'/g, /\b(?:rejected|busy)\('(\w+)',/g, /\bcode: '(\w+)', pointer: /g];
    const served = sources('shared', 'ingest', 'serving');
    const given = patterns.flatMap((pattern) => [...served.matchAll(pattern)].map((match) => match[1] ?? ''));
    expect(given.length).toBeGreaterThan(30);
    expect([...new Set(given)].filter((code) => !isProblemCode(code))).toEqual([]);
  });

  test('says in whole sentences what a code means and what to do, and has a place for each', () => {
    for (const { code, title, statuses, item, means, help } of PROBLEMS) {
      expect(code).toMatch(/^[a-z][a-z0-9_]+$/);
      expect(title).toMatch(/^[A-Z][^.]+$/);
      expect([means, help].filter((text) => !/^[A-Z`0-9][^]*[.]$/.test(text))).toEqual([]);
      expect(statuses.every((status) => status >= 400 && status < 600)).toBe(true);
      expect(statuses.length > 0 || item === true || means.includes('job')).toBe(true);
    }
  });
});
