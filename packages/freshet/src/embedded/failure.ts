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

const DENIED = 'permission was denied: check who owns the directory and its mount options';
/** Of what was printed. */
const TAIL_LINES = 8;

const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/no space left on device|disk full|disk quota|ENOSPC|EDQUOT/i, 'the disk is full: free some space or choose another --data-dir'],
  [/could not look up effective user id/i, 'this user has no entry in /etc/passwd: add one, or set DATABASE_URL'],
  [/could not (create|resize|map|attach).*shared memory|could not resize shared memory/i, 'there is not enough shared memory: give the container more memory'],
  [/permission denied|operation not permitted|EACCES|EPERM/i, DENIED],
  [/read-only file system|EROFS/i, 'the file system is read-only: choose another --data-dir'],
  [/error while loading shared libraries|library not loaded/i, 'a shared library is missing: reinstall with "npm ci", or set DATABASE_URL'],
  [/version `?GLIBC/i, "this system's C library is too old: use a newer system, or set DATABASE_URL"],
  [/unix-domain socket path .* too long/i, "the temp directory's path is too long: set TMPDIR to a shorter one"],
];

export function explainFailure({ doing, place, output, cause }: Failure): FreshetError {
  const options = cause === undefined ? {} : { cause };
  const { code, syscall } = systemError(cause);
  // The program is there: what is missing is the loader that its first line names.
  if (code === 'ENOENT' && syscall.startsWith('spawn')) {
    return new UsageError('embedded_postgres_libc', 'the embedded Postgres needs glibc, which this system (Alpine?) lacks: use a Debian-based image, or set DATABASE_URL', options);
  }
  const known = KNOWN.find(([pattern]) => pattern.test(`${output}\n${code}`))?.[1];
  const tail = output.trim().split('\n').slice(-TAIL_LINES).join('\n');
  const reason = [known ?? code, tail].filter((part) => part !== '').join('\n');
  return new UnavailableError('embedded_postgres', `can't ${doing} in ${place}: ${reason === '' ? 'no reason was given' : reason}`, { ...options, retryable: false });
}

function systemError(cause: unknown): { readonly code: string; readonly syscall: string } {
  const { code, syscall } = (cause ?? {}) as { readonly code?: unknown; readonly syscall?: unknown };
  return { code: typeof code === 'string' ? code : '', syscall: typeof syscall === 'string' ? syscall : '' };
}
