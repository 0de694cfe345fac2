/**
 * One JSON log line → one terse line for a person: `12:03:09 warn  serving: message  key=value`.
 * A line that isn't JSON passes unchanged; stacks are shown for errors only.
 */
const HIDDEN = new Set(['level', 'time', 'message', 'service', 'error']);

interface LogLine {
  readonly level?: string;
  readonly time?: string;
  readonly message?: string;
  readonly service?: string;
  readonly error?: { readonly message?: string; readonly stack?: string; readonly code?: string } | string;
  readonly [field: string]: unknown;
}

export function humanLine(json: string): string {
  let line: LogLine;
  try {
    line = JSON.parse(json) as LogLine;
  } catch {
    return json;
  }
  const who = line.service === undefined ? '' : `${line.service}: `;
  const head = `${(line.time ?? '').slice(11, 19)} ${(line.level ?? '').padEnd(5)} ${who}${line.message ?? ''}`;
  const fields = Object.entries(line).flatMap(([name, value]) => (HIDDEN.has(name) ? [] : [`${name}=${shown(value)}`]));
  return `${[head, ...fields].join('  ')}${errorText(line)}\n`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
}

function errorText({ error, level }: LogLine): string {
  if (error === undefined) return '';
  if (typeof error === 'string') return `  (${error})`;
  if (level === 'error' && error.stack !== undefined) return `\n  ${error.stack.replaceAll('\n', '\n  ')}`;
  return `  (${error.code === undefined ? '' : `${error.code}: `}${error.message ?? ''})`;
}
