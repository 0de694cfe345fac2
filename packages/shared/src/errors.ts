/**
 * Every error Freshet throws on purpose. One root with a stable `code` (documented, safe to match on),
 * `retryable` (may the same call succeed later without a change?) and the `cause` kept.
 * `toError` is the only door through which an unknown thrown value enters.
 */
export interface FreshetErrorOptions {
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

export class FreshetError extends Error {
  override readonly name: string = 'FreshetError';
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: FreshetErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** A setting, an option or a file that the user gave can't be used. Exit code 2 on the command line. */
export class UsageError extends FreshetError {
  override readonly name = 'UsageError';
}

/** Stored bytes are not what was written: wrong checksum, gap in a chain, unknown format. */
export class CorruptionError extends FreshetError {
  override readonly name = 'CorruptionError';
}

/** Another leader has taken over: this process must drop what it holds in memory. */
export class FencedError extends FreshetError {
  override readonly name = 'FencedError';
}

/** A service this process needs (Postgres, Redis) doesn't answer. */
export class UnavailableError extends FreshetError {
  override readonly name = 'UnavailableError';
  constructor(code: string, message: string, options: FreshetErrorOptions = {}) {
    super(code, message, { retryable: true, ...options });
  }
}

/** A written limit (rows, depth, bytes) has been reached. */
export class CapacityError extends FreshetError {
  override readonly name = 'CapacityError';
}

export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new FreshetError('unknown', String(thrown), { cause: thrown });
}

/** For the `default` of a switch over a union: the compiler proves it can't be reached. */
export function unreachable(value: never): never {
  throw new FreshetError('unreachable', `unexpected value ${JSON.stringify(value)}`);
}
