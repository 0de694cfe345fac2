/** The package rules themselves: each sentence is a rule broken by a small tree of sources. */
import { describe, expect, it } from 'vitest';
import { checkPackageRules } from '../../../scripts/package-rules.js';

function messages(sources: Readonly<Record<string, string>>): string[] {
  return checkPackageRules(new Map(Object.entries(sources))).map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

describe('package rules', () => {
  it('accept what the architecture allows', () => {
    expect(
      messages({
        'packages/shared/src/errors.ts': 'export class FreshetError {}',
        'packages/shared/src/domain/event.ts': "import { createHash } from 'node:crypto';\nimport { FreshetError } from '../errors.js';",
        'packages/shared/src/adapters/postgres/pool.ts': "import pg from 'pg';\nimport { join } from 'node:path';",
        'packages/trainer/src/main.ts': "import { x } from '@freshet/shared/domain/event';\nimport { Piscina } from 'piscina';",
        'packages/freshet/src/main.ts': "const start = await import('@freshet/trainer/main');",
      }),
    ).toEqual([]);
  });

  it('refuse a package that the importer may not know', () => {
    expect(messages({ 'packages/trainer/src/a.ts': "\nimport type { A } from '@freshet/serving/a';" })).toEqual([
      'packages/trainer/src/a.ts:2: trainer may import shared, not serving',
    ]);
  });

  it('refuse the composition from below', () => {
    expect(messages({ 'packages/shared/src/http/a.ts': "import { a } from 'freshet/a';" })).toEqual([
      'packages/shared/src/http/a.ts:1: shared may import no other package, not freshet',
    ]);
  });

  it('refuse a package without a subpath', () => {
    expect(messages({ 'packages/ingest/src/a.ts': "import { a } from '@freshet/shared';" })).toEqual([
      'packages/ingest/src/a.ts:1: import "@freshet/shared" by a subpath',
    ]);
  });

  it('refuse a relative path into another package', () => {
    expect(
      messages({ 'packages/ingest/src/a.ts': "import { b } from '../../shared/src/b.js';", 'packages/shared/src/b.ts': '' }),
    ).toEqual(['packages/ingest/src/a.ts:1: "../../shared/src/b.js" leaves the package\'s src; import another package by name']);
  });

  it('refuse a vendor outside its place, also when it is imported later', () => {
    expect(messages({ 'packages/serving/src/a.ts': "const pg = await import('pg');" })).toEqual([
      'packages/serving/src/a.ts:1: "pg" may be imported only in packages/shared/src/adapters/',
    ]);
  });

  it('refuse a vendor nobody decided on', () => {
    expect(messages({ 'packages/serving/src/a.ts': "import _ from 'lodash';" })).toEqual([
      'packages/serving/src/a.ts:1: "lodash" isn\'t in the table of vendors (scripts/package-rules.js)',
    ]);
  });

  it.each(['node:fs', 'typebox', 'pg'])('keep the domain free of %s', (name) => {
    expect(messages({ 'packages/shared/src/domain/a.ts': `import type { A } from '${name}';` })).toEqual([
      `packages/shared/src/domain/a.ts:1: domain/ may not import "${name}"`,
    ]);
  });

  it('keep the domain free of adapters', () => {
    expect(
      messages({ 'packages/shared/src/domain/a.ts': "export { b } from '../adapters/b.js';", 'packages/shared/src/adapters/b.ts': '' }),
    ).toEqual(['packages/shared/src/domain/a.ts:1: domain/ may import domain/, errors.ts of shared, not adapters/b.ts']);
  });

  it('refuse a cycle, of types too, and name it', () => {
    expect(
      messages({
        'packages/ingest/src/a.ts': "import { b } from './b.js';",
        'packages/ingest/src/b.ts': "import { c } from './c.js';",
        'packages/ingest/src/c.ts': "import type { a } from './a.js';",
      }),
    ).toEqual([
      'packages/ingest/src/c.ts:1: cycle: packages/ingest/src/a.ts → packages/ingest/src/b.ts → packages/ingest/src/c.ts → packages/ingest/src/a.ts',
    ]);
  });

  it('refuse `export *`', () => {
    expect(messages({ 'packages/ingest/src/a.ts': "export * from './b.js';", 'packages/ingest/src/b.ts': '' })).toEqual([
      'packages/ingest/src/a.ts:1: `export *` hides what a file offers; name what "./b.js" gives',
    ]);
  });

  it('refuse a file that does not exist and a builtin without its prefix', () => {
    expect(messages({ 'packages/ingest/src/a.ts': "import { b } from './b.js';\nimport fs from 'fs';" })).toEqual([
      'packages/ingest/src/a.ts:1: "./b.js" names no source file',
      'packages/ingest/src/a.ts:2: write "node:fs"',
    ]);
  });
});
