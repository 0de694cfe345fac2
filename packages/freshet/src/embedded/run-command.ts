/** Runs one of the server's programs as the server's user, with a clean environment, and collects what it prints. */
import { execFile } from 'node:child_process';
import type { SystemUser } from './system-user.js';

/** Nothing of ours (PGDATA, PGOPTIONS, LANG …) may leak into the server. */
export const SERVER_ENVIRONMENT: Readonly<NodeJS.ProcessEnv> = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

export interface CommandResult {
  readonly output: string;
  /** Why it failed; undefined when it exited with 0. */
  readonly error: Error | undefined;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly user: SystemUser | undefined;
  readonly timeoutMs: number;
}

export function identity(user: SystemUser | undefined): { uid?: number; gid?: number } {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid };
}

export function runCommand({ file, args, user, timeoutMs }: Command): Promise<CommandResult> {
  return new Promise((resolve) => {
    const options = { ...identity(user), cwd: '/', env: SERVER_ENVIRONMENT, timeout: timeoutMs, maxBuffer: 2 ** 20 };
    execFile(file, args, options, (error, stdout, stderr) => {
      resolve({ output: `${stdout}${stderr}`, error: error ?? undefined });
    });
  });
}
