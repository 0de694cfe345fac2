import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EMPTY_ACCOUNT } from 'freshet/import/account';
import { defaultStatePath, type ImportState, openState, type Progressed, readState } from 'freshet/import/state';
import { directory } from '../../../support/data-files.js';

const BEGUN: ImportState = {
  file: 'events.csv',
  url: 'http://127.0.0.1:8080',
  plan: 'events',
  fingerprint: { bytes: 1, head: 'h', tail: 't' },
  key: 'k',
  startedAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  position: { line: 0, part: 0 },
  account: EMPTY_ACCOUNT,
  complete: false,
};

function at(line: number): Progressed {
  return { position: { line, part: 1 }, account: { ...EMPTY_ACCOUNT, rows: line, accepted: line }, complete: false, updatedAt: '2026-01-01T00:01:00.000Z' };
}

const newPath = (): string => join(directory({}), 'deep/state.json');

describe('the state of an import', () => {
  it('is what was saved last, and nothing before anything was', () => {
    const path = newPath();
    const state = openState(path, BEGUN);
    expect(existsSync(path)).toBe(false);
    for (let line = 1; line <= 2_500; line++) state.save(at(line));
    state.close();
    expect(readState(path)).toEqual(expect.objectContaining({ ...BEGUN, ...at(2_500) }));
    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(1_100);
  });

  it('is the last whole line, wherever a crash has cut the file', () => {
    const path = newPath();
    const state = openState(path, BEGUN);
    for (let line = 1; line <= 5; line++) state.save(at(line));
    state.close();
    const firstLine = readFileSync(path, 'utf8').indexOf('\n');
    for (let bytes = statSync(path).size; bytes > firstLine; bytes -= 7) {
      truncateSync(path, bytes);
      const whole = readFileSync(path, 'utf8').split('\n').filter((line) => line.endsWith('}')).length;
      expect(readState(path)?.position.line).toBe(whole);
    }
  });

  it('can be gone on with after a cut', () => {
    const path = newPath();
    const state = openState(path, BEGUN);
    for (let line = 1; line <= 3; line++) state.save(at(line));
    state.close();
    truncateSync(path, statSync(path).size - 5);
    const found = readState(path);
    const again = openState(path, found ?? BEGUN);
    again.save(at(9));
    again.close();
    expect(readState(path)?.position.line).toBe(9);
  });

  it('is undefined where there is none', () => {
    expect(readState(newPath())).toBeUndefined();
  });

  it.each([
    ['damaged', 'nonsense', /is damaged; --restart begins anew/],
    ['another file', '{"some":"json"}\n', /is not the state of an import; give another --state/],
    ['of a newer release', `${JSON.stringify({ format: 'freshet-import', version: 2, ...BEGUN })}\n`, /was written by another release \(state version 2, this one reads 1\)/],
  ])('is refused with a sentence when it is %s', (_, content, message) => {
    const path = join(directory({}), 'state');
    writeFileSync(path, content);
    expect(() => readState(path)).toThrow(message);
  });

  it('says so when it can’t be written, or read', () => {
    const folder = directory({ file: 'x' });
    expect(() => openState(join(folder, 'file/state'), BEGUN).save(at(1))).toThrow(/can't be written .*give --state a file that can/);
    expect(() => readState(folder)).toThrow(/can't be read/);
  });

  it('is one for each file and each server', () => {
    const paths = [['a.csv', 'http://x'], ['a.csv', 'http://y'], ['b/a.csv', 'http://x']].map(([file = '', url = '']) => defaultStatePath('.freshet-import', file, url));
    expect(new Set(paths).size).toBe(3);
    expect(paths[0]).toMatch(/^\.freshet-import\/a\.csv-[0-9a-f]{12}\.json$/);
    expect(defaultStatePath('.freshet-import', './a.csv', 'http://x')).toBe(paths[0]);
  });

  it('takes no line for whole that was appended to a cut one', () => {
    const path = newPath();
    const state = openState(path, BEGUN);
    state.save(at(1));
    state.close();
    appendFileSync(path, '{"position":{"li');
    expect(readState(path)?.position.line).toBe(1);
  });
});
