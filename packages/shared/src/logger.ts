/**
 * The process's log: one JSON line an event, or a terse human line on a terminal. The only importer of pino.
 *
 * 1. Lines go to stderr: stdout belongs to results (`--json` prints one document there).
 * 2. Writing is synchronous, so the last line before a crash is there.
 * 3. `error` fields keep code, stack and cause; fields named like secrets are never printed.
 */
import { destination, pino, stdSerializers } from 'pino';
import { humanLine } from './logger-human.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Default `auto`: human on a terminal, JSON elsewhere. */
  readonly format?: 'auto' | 'json' | 'human';
  /** Fields of every line, such as `{ service: 'ingest' }`. */
  readonly fields?: LogFields;
  /** Receives whole lines; default stderr. */
  readonly write?: (line: string) => void;
}

const SECRETS = ['password', 'secret', 'token', 'authorization', 'api_key', 'cookie'];

export function createLogger(options: LoggerOptions = {}): Logger {
  const format = options.format ?? 'auto';
  const human = format === 'human' || (format === 'auto' && options.write === undefined && process.stderr.isTTY);
  const write = options.write ?? stderrWriter();
  const root = pino(
    {
      level: options.level ?? 'info',
      base: { ...options.fields },
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: stdSerializers.errWithCause },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[hidden]' },
    },
    { write: human ? (line: string) => write(humanLine(line)) : write },
  );
  return wrap(root);
}

/** A logger that says nothing: for tests and library defaults. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silentLogger };

interface PinoLike {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): PinoLike;
}

function wrap(inner: PinoLike): Logger {
  return {
    debug: (message, fields = {}) => inner.debug(fields, message),
    info: (message, fields = {}) => inner.info(fields, message),
    warn: (message, fields = {}) => inner.warn(fields, message),
    error: (message, fields = {}) => inner.error(fields, message),
    child: (fields) => wrap(inner.child(fields)),
  };
}

function stderrWriter(): (line: string) => void {
  const stderr = destination({ fd: 2, sync: true });
  return (line) => void stderr.write(line);
}

function nothing(): void {
  // Deliberately empty: the silent logger.
}
