import { toDatabaseError } from '@freshet/shared/adapters/postgres/database-error';
import { expect, test } from 'vitest';

const from = (code: string, message = 'as it was said'): Error => toDatabaseError(Object.assign(new Error(message), { code }), 'Postgres at db');

test.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', '57P01', '57P03', '08006', '53300', '40001', '55P03'])('%s is worth another try', (code) => {
  expect(from(code)).toMatchObject({ name: 'UnavailableError', code: 'database_unavailable', retryable: true });
});

test.each(['28P01', '3D000', '42501', '25006'])('%s is a setting to correct', (code) => {
  expect(from(code)).toMatchObject({ name: 'UsageError', retryable: false, message: expect.stringContaining('Postgres at db') as string });
});

test('a full disk is named', () => {
  expect(from('53100')).toMatchObject({ code: 'disk_full', retryable: true });
});

test('an error of a statement stays what it is', () => {
  const error = Object.assign(new Error('division by zero'), { code: '22012' });
  expect(toDatabaseError(error, 'Postgres at db')).toBe(error);
});

test('the addresses that Node tried are all named', () => {
  const error = Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1'), new Error('connect ECONNREFUSED 127.0.0.1')]), { code: 'ECONNREFUSED' });
  expect(toDatabaseError(error, 'Postgres at db').message).toContain('ECONNREFUSED ::1, connect ECONNREFUSED 127.0.0.1');
});
