import { createAnswerLog } from '@freshet/shared/http/answer-log';
import { UnavailableError } from '@freshet/shared/errors';
import { problem, toProblem } from '@freshet/shared/http/problem';
import { createLogger } from '@freshet/shared/logger';
import { expect, test } from 'vitest';

interface Line {
  readonly level: string;
  readonly message: string;
  readonly code: string;
  readonly others?: number;
  readonly cause?: string;
  readonly error?: { readonly stack: string };
}

function logged() {
  const lines: Line[] = [];
  let now = 0;
  const tell = createAnswerLog(createLogger({ level: 'debug', format: 'json', write: (line) => void lines.push(JSON.parse(line) as Line) }), () => now);
  const say = (thrown: unknown): void => tell({ requestId: 'r', call: 'GET /v1/x' }, toProblem(thrown));
  return { lines, say, pass: (ms: number) => (now += ms) };
}

test('what callers do wrong and a process that starts is a debug line without a stack', () => {
  const { lines, say } = logged();
  say(problem(422, 'invalid_request', { detail: 'no' }));
  say(new UnavailableError('serving_starting', 'Loading.'));
  say(new UnavailableError('serving_starting', 'Loading.'));
  expect(lines.map(({ level, code }) => [level, code])).toEqual([['debug', 'invalid_request'], ['debug', 'serving_starting'], ['debug', 'serving_starting']]);
  expect(JSON.stringify(lines)).not.toContain('stack');
});

test('trouble is one warning each ten seconds for each code, with the number of the others', () => {
  const { lines, say, pass } = logged();
  for (let n = 0; n < 5; n++) say(new UnavailableError('database_unavailable', 'Postgres is away', { cause: new Error('ECONNREFUSED') }));
  say(problem(503, 'trainer_behind', { detail: 'far' }));
  pass(10_001);
  say(new UnavailableError('database_unavailable', 'Postgres is away', { cause: new Error('ECONNREFUSED') }));
  const warnings = lines.filter(({ level }) => level === 'warn');
  expect(warnings.map(({ code, others }) => [code, others])).toEqual([['database_unavailable', undefined], ['trainer_behind', undefined], ['database_unavailable', 4]]);
  expect(warnings[0]).toMatchObject({ message: 'GET /v1/x failed', detail: 'Postgres is away', cause: 'ECONNREFUSED' });
  expect(JSON.stringify(lines)).not.toContain('stack');
});

test('what nobody expected is an error with its stack, every time', () => {
  const { lines, say } = logged();
  say(new TypeError('surprise'));
  say(new TypeError('surprise'));
  expect(lines.map(({ level }) => level)).toEqual(['error', 'error']);
  expect(lines[0]?.error?.stack).toContain('surprise');
});
