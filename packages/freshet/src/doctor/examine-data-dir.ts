/** Looks at the embedded database's directory without making or changing anything. */
import { constants } from 'node:fs';
import { access, readFile, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { toError, UsageError } from '@freshet/shared/errors';
import { packagedMajor } from '../embedded/binaries.js';
import { refuseNewerLayout } from '../embedded/layout.js';
import { findDatabase } from '../embedded/site.js';
import { chooseServerUser, ownerOf, readSystemUsers } from '../embedded/system-user.js';
import type { DataDirFacts } from './data-dir.js';

/** `f_type` of statfs(2) on Linux. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x0102_1994, 0x8584_58f6]);
/** /proc and /sys: root may write there, but nothing is kept. */
const NO_FILES: ReadonlySet<number> = new Set([0x9fa0, 0x6265_6572]);
const ON_NETWORK: ReadonlySet<number> = new Set([0x6969, 0xff53_4d42, 0xfe53_4d42, 0x517b]);

export async function examineDataDir(given: string, logMaxBytes: number): Promise<DataDirFacts> {
  const dir = path.resolve(given);
  const empty = { dir, logMaxBytes, filesMajor: undefined, programsMajor: undefined, freeBytes: undefined, fileSystem: undefined };
  try {
    const programsMajor = await packagedMajor();
    const found = await findDatabase(dir);
    if (found !== undefined) await refuseNewerLayout(found.dataDir);
    chooseServerUser({ ownUid: process.getuid?.() ?? -1, users: await readSystemUsers(), dataOwner: found === undefined ? undefined : await ownerOf(found.pgData) });
    const parent = await nearest(dir);
    await access(parent, constants.W_OK);
    const disk = await readDisk(found?.pgData ?? parent);
    return { ...empty, refusal: undefined, programsMajor, filesMajor: found === undefined ? undefined : await readMajor(found.pgData), ...disk };
  } catch (thrown) {
    const error = toError(thrown);
    const code = (error as { readonly code?: unknown }).code;
    const refusal = code === 'EACCES' || code === 'EROFS' || code === 'EPERM' || code === 'ENOTDIR' ? `this user can't write to ${dir} (${code})` : error.message;
    return { ...empty, refusal };
  }
}

/** The directory itself, or the one in which it would be made. */
async function nearest(dir: string): Promise<string> {
  for (let current = dir; ; current = path.dirname(current)) {
    const entry = await stat(current).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    if (entry?.isDirectory() === true) return current;
    if (entry !== undefined) throw Object.assign(new Error(`${current} is not a directory`), { code: 'ENOTDIR' });
  }
}

/** Undefined when this user may not look: then the server's user has it. */
async function readMajor(pgData: string): Promise<number | undefined> {
  const text = await readFile(path.join(pgData, 'PG_VERSION'), 'utf8').catch(() => '');
  return /^\d+/.test(text) ? Number.parseInt(text, 10) : undefined;
}

async function readDisk(place: string): Promise<Pick<DataDirFacts, 'freeBytes' | 'fileSystem'>> {
  const { bavail, bsize, type } = await statfs(place);
  if (NO_FILES.has(type)) throw new UsageError('data_dir', `no files can be kept in ${place}`);
  const fileSystem = IN_MEMORY.has(type) ? 'memory' : ON_NETWORK.has(type) ? 'network' : 'disk';
  return { freeBytes: bavail * bsize, fileSystem: process.platform === 'linux' ? fileSystem : undefined };
}
