/** What the docs point at exists: tests named in SPEC.md, files linked from any page. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

function pages(): string[] {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name));
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'infra/README.md', ...inDocs].filter((name) => name.endsWith('.md'));
}

describe('the docs', () => {
  it('name tests that exist for every promise', () => {
    const spec = readFileSync(join(root, 'docs/SPEC.md'), 'utf8');
    const rows = spec.split('\n').filter((line) => /^\| S\d+\.\d+ /.test(line));
    expect(rows.length).toBeGreaterThan(25);
    const named = rows.map((row) => ({ row, tests: [...row.matchAll(/`((?:unit|contract|pipeline|faults)\/[\w/-]+)`/g)].map((match) => match[1] ?? '') }));
    expect(named.filter(({ tests }) => tests.length === 0)).toEqual([]);
    const exists = (name: string): boolean => existsSync(join(root, `test/${name}.test.ts`)) || existsSync(join(root, 'test', name));
    expect(named.filter(({ tests }) => !tests.every(exists))).toEqual([]);
  });

  it.each(pages())('%s links to files that exist', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '').filter((link) => !/^[a-z]+:/.test(link));
    const broken = links.filter((link) => !existsSync(join(root, dirname(page), link)));
    expect(broken).toEqual([]);
  });

  it('number decisions without a gap', () => {
    const numbers = readdirSync(join(root, 'docs/decisions')).map((name) => Number(name.slice(0, 3))).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, place) => place + 1));
  });
});
