/**
 * What the docs point at exists: tests named in SPEC.md, files and places linked from any page; and every page can be reached
 * by links from the README.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { anchors, localLinks, slugOf } from '../../support/markdown.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

function pages(): string[] {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name));
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'infra/README.md', 'examples/README.md', ...inDocs].filter((name) => name.endsWith('.md'));
}

const read = (page: string): string => readFileSync(join(root, page), 'utf8');

describe('the docs', () => {
  it('name tests that exist for every promise', () => {
    const spec = read('docs/SPEC.md');
    const rows = spec.split('\n').filter((line) => /^\| S\d+\.\d+ /.test(line));
    expect(rows.length).toBeGreaterThan(25);
    const numbers = rows.map((row) => row.split('|')[1]?.trim());
    expect(numbers.filter((number, place) => numbers.indexOf(number) < place)).toEqual([]);
    const named = rows.map((row) => ({ row, tests: [...row.matchAll(/`((?:unit|contract|pipeline|faults|browser)\/[\w/-]+)`/g)].map((match) => match[1] ?? '') }));
    expect(named.filter(({ tests }) => tests.length === 0)).toEqual([]);
    const exists = (name: string): boolean => existsSync(join(root, `test/${name}.test.ts`)) || existsSync(join(root, 'test', name));
    expect(named.filter(({ tests }) => !tests.every(exists))).toEqual([]);
  });

  it.each(pages())('%s links to files and places that exist', (page) => {
    const broken = localLinks(read(page)).filter(({ target, anchor }) => {
      const file = target === '' ? page : join(dirname(page), target);
      if (!existsSync(join(root, file))) return true;
      return anchor !== '' && !(file.endsWith('.md') && anchors(read(file)).has(anchor));
    });
    expect(broken).toEqual([]);
  });

  it('can be reached from the README, every page', () => {
    const reached = new Set(['README.md']);
    // A set that grows while it is walked is walked to its end.
    for (const page of reached) {
      const files = localLinks(read(page)).map(({ target }) => normalize(join(dirname(page), target)));
      for (const file of files) if (file.endsWith('.md') && existsSync(join(root, file))) reached.add(file);
      if (files.includes('docs/decisions')) for (const name of readdirSync(join(root, 'docs/decisions'))) reached.add(`docs/decisions/${name}`);
    }
    expect(pages().filter((page) => !reached.has(page))).toEqual([]);
  });

  it('say in examples/README.md what each example shows', () => {
    const listed = [...read('examples/README.md').matchAll(/^\| \[([\w-]+\.ts)\]\(\1\) \| \S/gm)].map(([, name]) => name);
    expect(listed).toEqual(readdirSync(join(root, 'examples')).filter((name) => /^\d\d-.*\.ts$/.test(name)).sort());
  });

  it('give each decision a number of its own, which its heading repeats', () => {
    const names = readdirSync(join(root, 'docs/decisions'));
    expect(new Set(names.map((name) => name.slice(0, 3))).size).toBe(names.length);
    for (const name of names) expect(read(`docs/decisions/${name}`)).toMatch(new RegExp(`^# ${name.slice(0, 3)} · `));
  });
});

describe('anchors, as GitHub makes them', () => {
  it.each([
    ['What happens there', 'what-happens-there'],
    ['5. A score is a sum', '5-a-score-is-a-sum'],
    ['Why this list?', 'why-this-list'],
    ['One event’s way', 'one-events-way'],
    ['S1 · Nothing is lost', 's1--nothing-is-lost'],
    ['`freshet start` [here](x.md)', 'freshet-start-here'],
  ])('%s → #%s', (heading, slug) => {
    expect(slugOf(heading)).toBe(slug);
  });

  it('number headings of the same name, and see none in code', () => {
    expect([...anchors('# A\n## B\n## B\n```sh\n# no heading\n```\n')]).toEqual(['a', 'b', 'b-1']);
  });

  it('leave links in code and to the web alone', () => {
    expect(localLinks('[a](b.md#c) `[x](y.md)` [`d`](#e) [w](https://f.example) ![p](p.svg)')).toEqual([
      { target: 'b.md', anchor: 'c' },
      { target: '', anchor: 'e' },
      { target: 'p.svg', anchor: '' },
    ]);
  });
});
