import { FreshetError } from '@freshet/shared/errors';
import { createLogger, type LoggerOptions } from '@freshet/shared/logger';
import { describe, expect, test } from 'vitest';

function collecting(options: LoggerOptions) {
  const lines: string[] = [];
  return { lines, log: createLogger({ ...options, write: (line) => void lines.push(line) }) };
}

describe('a JSON log', () => {
  test('has one object a line with time, level, message, own fields and those of its parent', () => {
    const { lines, log } = collecting({ fields: { service: 'ingest' } });
    log.child({ batch: 7 }).info('committed', { events: 500 });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('\n')).toBe(true);
    expect(JSON.parse(lines[0] ?? '')).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/) as string, service: 'ingest', batch: 7, events: 500, message: 'committed' });
  });

  test('keeps an error\'s code, stack and cause', () => {
    const { lines, log } = collecting({});
    log.error('failed', { error: new FreshetError('queue_unavailable', 'no answer', { cause: new Error('refused') }) });
    const { error } = JSON.parse(lines[0] ?? '') as { error: Record<string, unknown> };
    expect(error).toMatchObject({ code: 'queue_unavailable', message: 'no answer', cause: { message: 'refused' } });
    expect(error['stack']).toContain('FreshetError: no answer');
  });

  test('never prints fields named like secrets', () => {
    const { lines, log } = collecting({});
    log.info('connected', { password: 'hunter2', redis: { token: 'hunter2' } });
    expect(lines[0]).not.toContain('hunter2');
  });

  test('leaves out what is below its level', () => {
    const { lines, log } = collecting({ level: 'warn' });
    log.info('no');
    log.debug('no');
    log.warn('yes');
    expect(lines).toHaveLength(1);
  });
});

describe('a log for people', () => {
  test('is one terse line with time, level, service, message and fields', () => {
    const { lines, log } = collecting({ format: 'human', fields: { service: 'serving' } });
    log.warn('behind', { versions: 3, error: new FreshetError('gap', 'version 7 is missing') });
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d warn {2}serving: behind {2}versions=3 {2}\(gap: version 7 is missing\)\n$/);
  });
});
