/** The embedded database's directory: can it be used, is it of this release, is there room? Facts in, findings out. Pure. */
import { error, type Finding, ok, warning } from './finding.js';

export interface DataDirFacts {
  readonly dir: string;
  /** Why the directory, the server's user or the programs can't be used. */
  readonly refusal: string | undefined;
  /** Major version of the files there, and of the programs that would serve them. */
  readonly filesMajor: number | undefined;
  readonly programsMajor: number | undefined;
  readonly freeBytes: number | undefined;
  /** As statfs names it; undefined where it can't be read. */
  readonly fileSystem: 'memory' | 'network' | 'disk' | undefined;
  /** What the settings allow the log to take. */
  readonly logMaxBytes: number;
}

const GB = 1e9;
const LEAST_FREE = 1 * GB;
/** Beside the log: ids seen, deltas, snapshots, Postgres's own write-ahead log (2 GB at most). */
const BESIDE_LOG = 5 * GB;

export function judgeDataDir(facts: DataDirFacts): readonly Finding[] {
  const { dir, refusal, filesMajor, programsMajor } = facts;
  if (refusal !== undefined) return [error('data_dir', refusal, 'choose another --data-dir, or set DATABASE_URL')];
  if (filesMajor !== undefined && programsMajor !== undefined && filesMajor !== programsMajor) {
    const advice = `start the Freshet that made it, take a backup, and restore that into a new directory (docs/UPGRADING.md)`;
    return [error('data_dir', `${dir} was made by Postgres ${filesMajor}, this Freshet has ${programsMajor}`, advice)];
  }
  return [ok('data_dir', `${dir}${filesMajor === undefined ? ', empty' : ''}`), judgeFileSystem(facts), ...judgeSpace(facts)];
}

function judgeFileSystem({ dir, fileSystem }: DataDirFacts): Finding {
  if (fileSystem === 'memory') return error('data_dir_file_system', `${dir} is in memory (tmpfs): everything is gone with the machine`, 'choose a directory on a disk');
  if (fileSystem === 'network') return warning('data_dir_file_system', `${dir} is on a network file system: commits are slow, and its promises about fsync differ`, 'choose a local disk');
  return ok('data_dir_file_system', 'on a disk');
}

function judgeSpace({ freeBytes, logMaxBytes }: DataDirFacts): readonly Finding[] {
  if (freeBytes === undefined) return [];
  const found = `${gigabytes(freeBytes)} are free; the log may take ${gigabytes(logMaxBytes)}, all else about ${gigabytes(BESIDE_LOG)}`;
  if (freeBytes < LEAST_FREE) return [error('disk_space', found, 'free some: with a full disk every write is answered with 503')];
  if (freeBytes < logMaxBytes + BESIDE_LOG) return [warning('disk_space', found, 'free some, or lower log_max_mb')];
  return [ok('disk_space', found)];
}

function gigabytes(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`;
}
