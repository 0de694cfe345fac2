/**
 * A file that appears whole or not at all.
 *
 * 1. Bytes go into `FILE.partial`, which gets the name FILE only when all of them are on the disk (fsync of file and directory).
 * 2. An existing FILE is never touched before that, and replaced only if the caller wants it.
 * 3. Whatever goes wrong, the partial file is removed; what a killed process left is replaced by the next one.
 * It holds shoppers' data: only its owner may read it.
 */
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { FreshetError, UnavailableError, UsageError } from '@freshet/shared/errors';

export interface OutputFile {
  write(bytes: Buffer): Promise<void>;
  /** Gives the file its name. */
  finish(): Promise<void>;
  /** Removes what was written; does nothing after `finish`. */
  discard(): Promise<void>;
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export async function createOutputFile(file: string, { replace }: { readonly replace: boolean }): Promise<OutputFile> {
  const target = path.resolve(file);
  const partial = `${target}.partial`;
  const found = await kindOf(target);
  if (found === 'other') throw new UsageError('backup_file', `${file} is not a file: a backup is written beside its name and gets it when it is whole`);
  if (found === 'file' && !replace) throw new UsageError('backup_exists', `${file} exists: choose another name, or give --force to replace it`);
  const handle = await explained(file, () => openNew(partial));
  let open = true;
  const close = async (): Promise<void> => {
    if (open) await handle.close();
    open = false;
  };
  return {
    write: (bytes) => explained(file, () => handle.writeFile(bytes)),
    finish: () =>
      explained(file, async () => {
        await handle.sync();
        await refuseStranger(handle, partial);
        await close();
        await rename(partial, target);
        await syncDirectory(path.dirname(target));
      }),
    async discard() {
      if (!open) return;
      const own = await isOwn(handle, partial);
      await close();
      if (own) await rm(partial, { force: true });
    },
  };
}

async function kindOf(target: string): Promise<'none' | 'file' | 'other'> {
  try {
    return (await stat(target)).isFile() ? 'file' : 'other';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    throw error;
  }
}

/** A leftover's place is taken by a new file, so that a process that still writes into the old one can't spoil it. */
async function openNew(partial: string): Promise<FileHandle> {
  await rm(partial, { force: true });
  return open(partial, 'wx', 0o600);
}

async function isOwn(handle: FileHandle, partial: string): Promise<boolean> {
  const [own, there] = await Promise.all([handle.stat(), stat(partial).catch(() => undefined)]);
  return there !== undefined && own.ino === there.ino && own.dev === there.dev;
}

async function refuseStranger(handle: FileHandle, partial: string): Promise<void> {
  if (await isOwn(handle, partial)) return;
  throw new FreshetError('backup_overtaken', `another backup has taken the place of ${partial}: this one is dropped`);
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function explained<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? '';
    if (FULL.has(code)) throw new UnavailableError('disk_full', `the disk is full: there is no room for ${file}, nothing was left of it`, { cause: thrown });
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR') {
      throw new UsageError('backup_file', `${file} can't be written (${code}): choose another place`, { cause: thrown });
    }
    throw thrown;
  }
}
