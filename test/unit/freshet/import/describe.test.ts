import { describe, expect, it } from 'vitest';
import { createAccounting, type Rejection } from 'freshet/import/account';
import { describeImport } from 'freshet/import/describe';
import { type FileResult, hasFailed, toResult } from 'freshet/import/result';

function rejection(line: number, code: string, text = 'a,b'): Rejection {
  return { line, code, text, pointer: '', by: 'reader', detail: `because of ${code}` };
}

function resultOf(given: Partial<FileResult> = {}): FileResult {
  const accounting = createAccounting();
  accounting.accept(9_000);
  for (let line = 2; line < 1_002; line++) accounting.reject(rejection(line, 'no_user', '\u001B[31m,mug'));
  return { file: 'events.csv', kind: 'events', dry_run: false, ...accounting.read(), seconds: 0.25, rows_per_second: 40_000, resumed_from: 0, complete: true, ...given };
}

describe('what people are told', () => {
  it('is how many rows went in, and why the others did not, without anything that acts on a terminal', () => {
    expect(describeImport([resultOf()]).split('\n')).toEqual([
      'events.csv: 10,000 rows imported, 0.3 s, 40,000 rows/s',
      '         9,000 accepted',
      '         1,000 left out',
      'left out:',
      '         1,000 no_user: because of no_user [not readable]',
      '               line 2, 3, 4, …:  [31m,mug',
    ]);
  });

  it('is how to go on after a failure', () => {
    const text = describeImport([resultOf({ complete: false, failure: { code: 'nothing_answers', detail: 'nothing answers at …' }, state: 'x/state.json', rejects: 'bad.ndjson' })]);
    expect(text).toMatch(/^events\.csv: 10,000 rows imported so far/);
    expect(text).toContain('failed: nothing answers at …');
    expect(text).toContain('To go on from here give the same command again (state: x/state.json).');
    expect(text).toContain('The rows left out are in bad.ndjson.');
  });

  it('is that nothing was left to do', () => {
    expect(describeImport([resultOf({ rows_per_second: 0, resumed_from: 10_001 })])).toMatch(/^events\.csv: all 10,000 rows were imported before; nothing was sent\. --restart/);
  });
});

describe('the account', () => {
  it('counts every row once and keeps the first ten lines of each reason, and fifty reasons', () => {
    const accounting = createAccounting();
    accounting.accept(3);
    accounting.duplicate(2);
    for (let n = 0; n < 200; n++) accounting.reject(rejection(n, `code_${n % 100}`));
    const account = accounting.read();
    expect(account).toMatchObject({ rows: 205, accepted: 3, duplicates: 2, rejected: 200 });
    expect(account.reasons).toHaveLength(51);
    expect(account.reasons[0]).toMatchObject({ code: 'other', count: 100 });
    expect(account.reasons.reduce((sum, { count }) => sum + count, 0)).toBe(200);
    expect(Math.max(...account.reasons.map(({ rows }) => rows.length))).toBe(10);
  });

  it('goes on from an earlier one', () => {
    const first = createAccounting();
    first.accept(1);
    first.reject(rejection(7, 'no_user'));
    const second = createAccounting(first.read());
    second.reject(rejection(9, 'no_user'));
    expect(second.read()).toMatchObject({ rows: 3, accepted: 1, rejected: 2, reasons: [{ code: 'no_user', count: 2, rows: [7, 9] }] });
    expect(first.read().reasons[0]?.count).toBe(1);
  });
});

describe('the document', () => {
  it('is the file’s own for one file, and sums with each for several', () => {
    const result = resultOf();
    expect(toResult([result])).toBe(result);
    expect(toResult([result, resultOf({ complete: false, seconds: 0.75 })])).toMatchObject({ rows: 20_000, accepted: 18_000, rejected: 2_000, seconds: 1, rows_per_second: 40_000, complete: false, files: [{ complete: true }, { complete: false }] });
  });

  it('means failure when a file did not come to its end, or nothing went in', () => {
    expect(hasFailed([resultOf()])).toBe(false);
    expect(hasFailed([resultOf(), resultOf({ complete: false })])).toBe(true);
    expect(hasFailed([resultOf({ accepted: 0, rows: 1_000 })])).toBe(true);
  });
});
