/**
 * Refits as child processes at a low priority (nice 10: a tenth of a contended core): what they hold and what they burn is their own, and one that runs out of memory takes
 * nothing with it. The child ends itself when its trainer is gone.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { FreshetError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { RefitResult, RefitSettings } from '@freshet/trainer/refit/refit';
import type { RefitRun, RefitRunner } from '@freshet/trainer/refit/runner';
import type { RefitNews, RefitTask } from './messages.js';

export interface RefitProcessOptions {
  readonly databaseUrl: string;
  readonly settings: RefitSettings;
  readonly log: Logger;
}

const WORKER = fileURLToPath(new URL('refit-worker.js', import.meta.url));
/** Of a child that has been asked to end. */
const GRACE_MS = 5_000;
const SHOWN_EVERY_MS = 10_000;

export function refitProcesses({ databaseUrl, settings, log }: RefitProcessOptions): RefitRunner {
  const { model, threads, engine, maxItems, maxWords, customTypes, refit: { strategy }, leastOverlap } = settings;
  return {
    run(options) {
      const child = fork(WORKER, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [], serialization: 'json' });
      yieldToOthers(child, log);
      child.send({ databaseUrl, settings: { model, threads, engine, maxItems, maxWords, customTypes, refit: { strategy }, leastOverlap }, options } satisfies RefitTask, () => undefined);
      return follow(child, log);
    },
  };
}

/** From its first moment on, so that every thread it starts inherits it. */
function yieldToOthers({ pid }: ChildProcess, log: Logger): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch (error) {
    log.warn('the refit’s process could not be given a low priority', { error: String(error) });
  }
}

function follow(child: ChildProcess, log: Logger): RefitRun {
  let shownAt = 0;
  const result = new Promise<RefitResult>((resolve, reject) => {
    const fail = (message: string): void => reject(new FreshetError('refit_failed', message));
    child.on('message', (news: RefitNews) => {
      switch (news.kind) {
        case 'result':
          return resolve(news.result);
        case 'failed':
          return fail(news.message);
        case 'progress':
          if (performance.now() - shownAt < SHOWN_EVERY_MS) return undefined;
          shownAt = performance.now();
          return log.info(`refit: ${news.what}`, { done: news.done, total: news.total });
      }
    });
    child.on('error', (error) => fail(error.message));
    child.on('exit', (code, signal) => fail(`its process ended ${signal === null ? `with code ${code}` : `by ${signal}`} before it had a result`));
  });
  result.catch(() => undefined);
  const stop = (): void => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
  };
  return { result, stop };
}
