/**
 * Who owns what, and in which order it goes: every acquired resource pushes its release onto an owner's stack;
 * teardown runs it last in, first out.
 *
 * 1. `close` is idempotent: the second caller gets the first one's promise.
 * 2. Every release has a deadline; one that fails or hangs is recorded and the others still run.
 * 3. A service that fails to start releases what it had acquired before `ready` rejects.
 * Leaves out signals and exit codes: those belong to a main file.
 */
import { FreshetError, toError } from './errors.js';

const DEFAULT_DEADLINE_MS = 10_000;

export interface Owner {
  /** Takes responsibility for `resource`; returns it. */
  own<T>(name: string, resource: T, release: (resource: T) => Promise<unknown> | unknown): T;
  /** Registers a release without a resource. `deadlineMs` defaults to 10 s. */
  defer(name: string, release: () => Promise<unknown> | unknown, deadlineMs?: number): void;
  /** Releases everything, newest first; rejects with one error that names all that failed. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Step {
  readonly name: string;
  readonly release: () => Promise<unknown> | unknown;
  readonly deadlineMs: number;
}

export function createOwner(): Owner {
  const steps: Step[] = [];
  let closing: Promise<void> | undefined;
  let closed = false;

  const defer: Owner['defer'] = (name, release, deadlineMs = DEFAULT_DEADLINE_MS) => {
    if (closed) throw new FreshetError('owner_closed', `${name} was acquired after its owner had been closed`);
    steps.push({ name, release, deadlineMs });
  };
  const close = (): Promise<void> => {
    closing ??= releaseAll(steps).finally(() => {
      closed = true;
    });
    return closing;
  };
  return {
    defer,
    own(name, resource, release) {
      // Acquired while the owner went away (a start that lost against a stop): it must not leak.
      if (closed) void Promise.resolve(release(resource)).catch(() => undefined);
      defer(name, () => release(resource));
      return resource;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Pops until empty, so that what is pushed while tearing down is released too. */
async function releaseAll(steps: Step[]): Promise<void> {
  const failures: FreshetError[] = [];
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    try {
      await withDeadline(runRelease(step), step.deadlineMs, step.name);
    } catch (thrown) {
      const cause = toError(thrown);
      failures.push(new FreshetError('release_failed', `${step.name}: ${cause.message}`, { cause }));
    }
  }
  if (failures.length > 0) {
    throw new FreshetError('teardown_failed', failures.map((failure) => failure.message).join('; '), {
      cause: failures.length === 1 ? failures[0] : new AggregateError(failures),
    });
  }
}

/** An async wrapper so that a release that throws at once is a rejection too. */
async function runRelease(step: Step): Promise<unknown> {
  return step.release();
}

/** Rejects with code `deadline_exceeded` when `work` takes longer; the work itself can't be cancelled. */
export async function withDeadline<T>(work: Promise<T>, deadlineMs: number, name: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new FreshetError('deadline_exceeded', `${name} took longer than ${deadlineMs} ms`, { retryable: true })), deadlineMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

export interface Service {
  /** Resolves once it does its work; rejects when it could not start. */
  readonly ready: Promise<void>;
  /** Resolves once stopped; rejects with the error that ended it. */
  readonly done: Promise<void>;
  /** Drains and releases everything; idempotent. Rejects only when releasing failed. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ServiceContext {
  readonly owner: Owner;
  /** Aborts when the service is asked to stop or fails. */
  readonly signal: AbortSignal;
  /** Ends the service with an error: everything is released, `done` rejects with it. Idempotent. */
  fail(error: Error): void;
}

/** Runs `start`; the result's promises may be ignored without an unhandled rejection. */
export function startService(start: (context: ServiceContext) => Promise<void>): Service {
  const owner = createOwner();
  const abort = new AbortController();
  const done = deferred<void>();
  let released: Promise<void> | undefined;
  let first: Error | undefined;

  const end = (failure?: Error): Promise<void> => {
    if (released !== undefined) return released;
    first = failure;
    abort.abort(failure);
    released = owner.close();
    released.then(
      () => (failure === undefined ? done.resolve() : done.reject(failure)),
      (teardown: unknown) => done.reject(failure ?? toError(teardown)),
    );
    return released;
  };
  const fail = (failure: Error): void => void end(failure);
  const ready = start({ owner, signal: abort.signal, fail }).catch(async (thrown: unknown) => {
    await end(toError(thrown)).catch(() => undefined);
    // What failed first is the cause; what follows from the release (a closed pool, …) only hides it.
    throw first ?? thrown;
  });
  ready.catch(() => undefined);
  const stop = (): Promise<void> => end();
  return { ready, done: done.promise, stop, [Symbol.asyncDispose]: stop };
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** `Promise.withResolvers`, which Node 20 lacks; the promise may be ignored without an unhandled rejection. */
export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
