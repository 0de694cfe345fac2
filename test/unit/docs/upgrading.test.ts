/** docs/UPGRADING.md says of every stored format the version that this release writes. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { FORMAT } from 'freshet/backup/format';
import { LAYOUT } from 'freshet/embedded/layout';
import { STATE_VERSION } from 'freshet/import/state';
import { WAKE_UP_FORMAT } from '@freshet/shared/adapters/bullmq/job-queue';
import { knownLevel } from '@freshet/shared/adapters/postgres/schema-level';
import { DELTA_MAGIC } from '@freshet/shared/codec/delta';
import { createManifest } from '@freshet/shared/codec/manifest';
import { encodePayload } from '@freshet/shared/codec/payload';
import { encodeDocument, encodeHistory, encodeProfile, encodeRules } from '@freshet/shared/codec/state';
import type { UserRef } from '@freshet/shared/domain/event';
import { TOKEN_FORMAT } from '@freshet/serving/token/content';
import { MANIFEST_FORMAT } from '@freshet/trainer/transfer/manifest';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const page = readFileSync(`${root}/docs/UPGRADING.md`, 'utf8');

function documented(): Readonly<Record<string, string>> {
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !/^\| (---|format)/.test(line));
  return Object.fromEntries(rows.map((row) => row.split('|').map((cell) => cell.trim())).map(([, name = '', , version = '']) => [name, version]));
}

async function written(): Promise<Readonly<Record<string, string>>> {
  const level = await knownLevel();
  const first = (bytes: Buffer): string => String((JSON.parse(bytes.toString('utf8')) as unknown[])[0]);
  const delta = String.fromCodePoint(DELTA_MAGIC >>> 24);
  const binaries = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('freshet/main').replace(/dist.*$/, 'package.json'), 'utf8')) as { optionalDependencies: Record<string, string> };
  return {
    tables: level.files.at(-1)?.slice(0, 4) ?? '',
    'queue\'s tables': String(level.queue),
    'log entry': String((JSON.parse(encodePayload({ kind: 'events', events: [] }).toString('utf8')) as { v: number }).v),
    // Not in the bytes: 0.1.0 hashed events as they were sent, since 0.2.0 their fields in one order (ingest/clean/body).
    'seen ids': '2',
    delta,
    'exported model': String(MANIFEST_FORMAT),
    'snapshot chunk': delta,
    history: first(encodeHistory({ events: [], seen: new Map(), refusals: 0 })),
    'snapshot\'s manifest': String(createManifest().finish().format),
    'rules of a context': first(encodeRules({ context: 'any', rules: [], seq: 1, index: 0 })),
    'profile of a shopper': first(encodeProfile({ user: '0'.repeat(16) as UserRef, segments: [], seq: 1, index: 0 })),
    'item document': first(encodeDocument({ id: 'mug' } as never)),
    'model\'s shape': 'none',
    'wake-up job': String(WAKE_UP_FORMAT),
    'events job': 'none',
    'backup file': String(FORMAT),
    'import state': String(STATE_VERSION),
    'data directory': String(LAYOUT),
    'Postgres\'s files': Object.values(binaries.optionalDependencies)[0]?.split('.')[0] ?? '',
    'configuration file': 'none',
    'list token': String(TOKEN_FORMAT),
    cursors: 'none',
  };
}

describe('docs/UPGRADING.md', () => {
  it('names every stored format with the version that is written', async () => {
    expect(documented()).toEqual(await written());
  });

  it('speaks of fixtures that are there: every release of the changelog but the one being made', () => {
    const changelog = readFileSync(`${root}/CHANGELOG.md`, 'utf8');
    const released = [...changelog.matchAll(/^## (\d+\.\d+\.\d+) \(\d{4}-/gm)].map((match) => match[1] ?? '');
    const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { version: string };
    const kept = readdirSync(`${root}/test/fixtures/releases`);
    expect(kept.sort()).toEqual(expect.arrayContaining(released.filter((release) => release !== version)) as string[]);
    expect(released).toContain('0.1.0');
  });
});
