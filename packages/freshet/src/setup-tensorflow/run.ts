/**
 * Runs a program to its end. What it prints on stdout is the result; the end of its stderr goes into the error when it fails.
 * It runs without a shell, and is killed when the signal aborts.
 */
import { spawn } from 'node:child_process';
import { FreshetError } from '@freshet/shared/errors';
import type { Environment } from '../cli/variables.js';

/** Characters of stderr that an error quotes. */
const QUOTED = 2_000;

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly signal?: AbortSignal;
}

/** Rejects with `what` and why when it can't be started or doesn't end with 0. */
export function run(what: string, { file, args, environment, signal }: Program): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...environment }, ...(signal === undefined ? {} : { signal }) });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = `${stderr}${text}`.slice(-QUOTED)));
    child.once('error', (error) => reject(failure(what, signal?.aborted === true ? 'it was stopped' : error.message)));
    child.once('close', (code, killedBy) => {
      if (code === 0) resolve(stdout);
      else reject(failure(what, stderr.trim() || `${file} ended with ${String(code ?? killedBy)}`));
    });
  });
}

/** What it prints, or undefined when it can't be run or doesn't end with 0. */
export function tryRun(program: Program): Promise<string | undefined> {
  return run(program.file, program).catch(() => undefined);
}

function failure(what: string, why: string): FreshetError {
  return new FreshetError('setup_failed', `${what} failed: ${why}`, { retryable: true });
}
