/**
 * What every command gets from its surroundings, and the one place that speaks to them: stdout, stderr, environment,
 * signals, exit code. A command is `addXCommand(program, tools)`.
 *
 * 1. stdout has the result only; with `--json` it is one JSON document. Everything else goes to stderr.
 * 2. A command that throws ends with one sentence and 1, or 2 for a `UsageError`; one that has told its own failure calls `fail`.
 */
import type { Command } from 'commander';
import { createLogger, type Logger } from '@freshet/shared/logger';
import { EXIT } from './exit.js';
import { createProgress, type Progress } from './progress.js';
import { createRestClient, type RestClient } from './rest.js';
import { type Configuration, type Files, resolveConfiguration } from './configuration.js';
import type { Settings } from './settings.js';
import type { Environment } from './variables.js';

/** The process, as the main file hands it in. */
export interface World {
  readonly version: string;
  readonly environment: Environment;
  /** The working directory's. */
  readonly files: Files;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  /** Aborts when writing to stdout has failed. */
  readonly outputClosed: AbortSignal;
  /** Begins to listen for signals; called at most once. */
  readonly stopSignal: () => AbortSignal;
  readonly setExitCode: (code: number) => void;
}

export interface CommandTools {
  readonly version: string;
  readonly environment: Environment;
  /** stderr is a terminal on which a line can be drawn again. */
  readonly isTerminal: boolean;
  /** A line on stdout; a newline is added. */
  print(line: string): void;
  /** A line on stderr; a newline is added. */
  say(line: string): void;
  /** The result: one JSON document, or the text for people. `describe` is not called for JSON. */
  report<R extends object>(result: R, output: { readonly json?: boolean | undefined; readonly describe: (result: R) => string }): void;
  /** Shows how far long work is, on stderr; silent when `quiet`. End it before the result is printed. */
  progress(options?: { readonly quiet?: boolean | undefined }): Progress;
  /** All settings; the command shows as options those that `withSettings` gave it. */
  settings(command: Command): Settings;
  /** The same with where each value came from. */
  configuration(command: Command): Configuration;
  logger(settings: Settings): Logger;
  /** The running Freshet that the command's settings name (`url`). */
  rest(settings: Settings): RestClient;
  /** Aborts on the first SIGINT or SIGTERM; a second one ends the process at once. */
  stopSignal(): AbortSignal;
  /** Aborts when nobody reads stdout any more (`| head`): a command that prints without end stops. */
  readonly outputClosed: AbortSignal;
  /** The result that was printed is a failure: exit code 1, nothing more is said. */
  fail(): void;
}

export function createTools(world: World): CommandTools {
  const { stdout, stderr, environment } = world;
  const isTerminal = stderr.isTTY === true && environment['TERM'] !== 'dumb';
  let signal: AbortSignal | undefined;
  const configuration = (command: Command): Configuration => resolveConfiguration({ options: command.opts(), environment, files: world.files });
  const print = (line: string): void => void stdout.write(`${line}\n`);
  return {
    version: world.version,
    environment,
    isTerminal,
    print,
    say: (line) => void stderr.write(`${line}\n`),
    report: (result, { json, describe }) => print(json === true ? JSON.stringify(result, null, 2) : describe(result)),
    progress: ({ quiet = false } = {}) =>
      createProgress({
        now: () => performance.now(),
        write: (text) => void stderr.write(text),
        mode: progressMode(quiet, isTerminal),
        // Some terminals say 0.
        columns: () => (stderr.columns === undefined || stderr.columns <= 0 ? 80 : stderr.columns),
      }),
    settings: (command) => configuration(command).settings,
    configuration,
    logger: ({ logLevel }) => createLogger({ level: logLevel }),
    rest: ({ url }) => createRestClient({ url }),
    stopSignal: () => (signal ??= world.stopSignal()),
    outputClosed: world.outputClosed,
    fail: () => world.setExitCode(EXIT.failed),
  };
}

function progressMode(quiet: boolean, isTerminal: boolean): 'silent' | 'bar' | 'lines' {
  if (quiet) return 'silent';
  return isTerminal ? 'bar' : 'lines';
}
