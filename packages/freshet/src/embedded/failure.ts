/** Turns what the server or initdb printed, or how it couldn't be started at all, into one sentence that says what to do. */
import { UnavailableError, UsageError, type FreshetError } from '@freshet/shared/errors';

export interface Failure {
  /** What was being done: "initialise the database", "start Postgres". */
  readonly doing: string;
  /** The directory concerned. */
  readonly place: string;
  /** What was printed. */
  readonly output: string;
  readonly cause?: unknown;
}

const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/no space left on device|disk full/i, 'the disk is full: free some space or choose another --data-dir'],
  [/could not look up effective user id/i, 'this user has no entry in /etc/passwd: add one, or set DATABASE_URL'],
  [/could not (create|resize|map|attach).*shared memory|could not resize shared memory/i, 'there is not enough shared memory: give the container more memory'],
  [/permission denied|operation not permitted/i, 'permission was denied: check who owns the directory and its mount options'],
  [/read-only file system/i, 'the file system is read-only: choose another --data-dir'],
  [/error while loading shared libraries|library not loaded/i, 'a shared library is missing: reinstall with "npm ci", or set DATABASE_URL'],
  [/version `?GLIBC/i, "this system's C library is too old: use a newer system, or set DATABASE_URL"],
  [/unix-domain socket path .* too long/i, "the temp directory's path is too long: set TMPDIR to a shorter one"],
];

export function explainFailure({ doing, place, output, cause }: Failure): FreshetError {
  const options = cause === undefined ? {} : { cause };
  const code = errorCode(cause);
  if (code === 'ENOENT') {
    return new UsageError('embedded_postgres_libc', 'the embedded Postgres needs glibc, which this system (Alpine?) lacks: use a Debian-based image, or set DATABASE_URL', options);
  }
  const known = KNOWN.find(([pattern]) => pattern.test(`${output}\n${code ?? ''}`))?.[1] ?? (code === 'EPERM' || code === 'EACCES' ? KNOWN[3]?.[1] : undefined);
  const tail = output.trim().split('\n').slice(-8).join('\n');
  const reason = known ?? code ?? 'it said why below';
  return new UnavailableError('embedded_postgres', `can't ${doing} in ${place}: ${reason}${tail === '' ? '' : `\n${tail}`}`, { ...options, retryable: false });
}

function errorCode(cause: unknown): string | undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
