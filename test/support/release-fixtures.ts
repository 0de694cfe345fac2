/**
 * What released versions have left behind (scripts/make-release-fixture.js makes it), put in place for a test.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, createReadStream, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createBrotliDecompress } from 'node:zlib';
import { chooseServerUser, readSystemUsers } from 'freshet/embedded/system-user';
import type { ShopEvent } from './api-client.js';

export interface ReleaseFacts {
  readonly release: string;
  /** Options that the release was run with and a later one needs, too. */
  readonly flags: readonly string[];
  readonly shopper: string;
  readonly items: readonly { readonly id: string }[];
  readonly events: readonly ShopEvent[];
  readonly list: { readonly fallback: string; readonly items: readonly string[] };
  readonly version: number;
  readonly applied: number;
  readonly checksum: string;
  readonly sequence: number;
}

export interface ReleaseFixture {
  readonly facts: ReleaseFacts;
  readonly backup: string;
  /** Undefined where this machine can't run that release's files. */
  readonly dataDir: string | undefined;
}

const FOLDER = fileURLToPath(new URL('../fixtures/releases/', import.meta.url));

export function releaseFixtures(): readonly ReleaseFixture[] {
  return readdirSync(FOLDER).map((release) => {
    const folder = path.join(FOLDER, release);
    const dataDir = path.join(folder, `data-dir.${process.platform}-${process.arch}.tar.br`);
    if (!existsSync(dataDir)) console.warn(`SKIPPED: release ${release} left no data directory of ${process.platform}-${process.arch}; its backup is tried`);
    return {
      facts: JSON.parse(readFileSync(path.join(folder, 'facts.json'), 'utf8')) as ReleaseFacts,
      backup: path.join(folder, 'shop.backup'),
      dataDir: existsSync(dataDir) ? dataDir : undefined,
    };
  });
}

/** Unpacks a data directory; as root it belongs to the user whom Freshet will run its server as. */
export async function unpackDataDir(archive: string, target: string): Promise<void> {
  mkdirSync(target, { recursive: true });
  chmodSync(target, 0o755);
  const tar = spawn('tar', ['-C', target, '--no-same-owner', '-xpf', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(tar, 'exit') as Promise<[number | null]>;
  await pipeline(createReadStream(archive), createBrotliDecompress(), tar.stdin);
  const [code] = await ended;
  if (code !== 0) throw new Error(`tar ended with ${code}`);
  const user = chooseServerUser({ ownUid: process.getuid?.() ?? -1, users: await readSystemUsers(), dataOwner: undefined });
  if (user === undefined) return;
  const files = readdirSync(path.join(target, 'postgres'), { recursive: true, encoding: 'utf8' });
  for (const file of ['', ...files]) chownSync(path.join(target, 'postgres', file), user.uid, user.gid);
}
