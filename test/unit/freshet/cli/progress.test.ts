import { describe, expect, it } from 'vitest';
import { createProgress, type ProgressOptions } from 'freshet/cli/progress';
import { barLine, duration, plainLine } from 'freshet/cli/progress-line';

describe('a progress line', () => {
  it('has amount, share, rate and time left', () => {
    expect(plainLine({ what: 'import', done: 1_234, total: 5_000, rate: 100 })).toBe('import: 1,234 of 5,000 (24 %), 100/s, 38 s left');
    expect(plainLine({ what: 'reading', done: 1_234, rate: 0.5 })).toBe('reading: 1,234, 0.5/s');
    expect(plainLine({ what: 'reading', done: 7 })).toBe('reading: 7');
  });

  it('shows 100 % only when all is done, whatever the rounding says', () => {
    expect(plainLine({ what: 'x', done: 999_999, total: 1_000_000 })).toContain('(99 %)');
    expect(plainLine({ what: 'x', done: 1_000_000, total: 1_000_000, rate: 5 })).toBe('x: 1,000,000 of 1,000,000 (100 %), 5.0/s');
    expect(plainLine({ what: 'x', done: 0, total: 0 })).toContain('(100 %)');
  });

  it('is a bar on a terminal: as full as the share', () => {
    expect(barLine({ what: 'import', done: 50, total: 100, rate: 25 }, 80)).toBe(`import  ${'█'.repeat(12)}${'░'.repeat(12)}   50 %  50 of 100  25/s  2 s left`);
    expect(barLine({ what: 'import', done: 50, rate: 25 }, 80)).toBe('import  50  25/s');
  });

  it('never is wider than the terminal: first the bar shrinks, then the end is cut', () => {
    const figures = { what: 'import', done: 250_000, total: 525_461, rate: 31_000 };
    const wide = barLine(figures, 120);
    for (let columns = 0; columns <= 120; columns++) expect(barLine(figures, columns).length).toBeLessThanOrEqual(columns);
    expect(barLine(figures, 70)).toMatch(/9 s left$/);
    const cells = (line: string): number => line.replaceAll(/[^█░]/g, '').length;
    expect(cells(barLine(figures, 70))).toBeLessThan(cells(wide));
  });

  it.each([[0, '0 s'], [59.4, '59 s'], [60, '1 min 0 s'], [3_599, '59 min 59 s'], [3_600, '1 h 0 min'], [90_061, '25 h 1 min']])('writes %d seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('progress', () => {
  const record = (mode: ProgressOptions['mode']) => {
    const clock = { now: 0 };
    const written: string[] = [];
    return { clock, written, progress: createProgress({ now: () => clock.now, write: (text) => written.push(text), mode, columns: () => 100 }) };
  };

  it('writes a line every three seconds where nothing can be drawn, and what is said at once', () => {
    const { clock, written, progress } = record('lines');
    for (; clock.now < 7_000; clock.now += 100) progress.step('learning', clock.now, 10_000);
    progress.say('done');
    progress.end();
    expect(written).toEqual(['learning: 3,000 of 10,000 (30 %), 1,000/s, 7 s left\n', 'learning: 6,000 of 10,000 (60 %), 1,000/s, 4 s left\n', 'done\n']);
  });

  it('draws the bar anew in place, at most ten times a second', () => {
    const { clock, written, progress } = record('bar');
    for (; clock.now <= 1_000; clock.now += 10) progress.step('learning', clock.now, 1_000);
    expect(written.length).toBe(10);
    expect(written.every((text) => text.startsWith('\r\u001B[2K') && !text.includes('\n'))).toBe(true);
  });

  it('keeps what is said out of the bar, and takes the bar away at the end', () => {
    const { clock, written, progress } = record('bar');
    clock.now = 500;
    progress.step('learning', 1, 2);
    const bar = written[0]?.slice('\r\u001B[2K'.length) ?? '';
    progress.say('12 rows were rejected');
    progress.end();
    progress.end();
    expect(bar).toContain('50 %');
    expect(written.slice(1)).toEqual([`\r\u001B[2K12 rows were rejected\n${bar}`, '\r\u001B[2K']);
  });

  it('says nothing when it is to be silent', () => {
    const { clock, written, progress } = record('silent');
    for (; clock.now < 20_000; clock.now += 1_000) progress.step('learning', clock.now);
    progress.say('done');
    progress.end();
    expect(written).toEqual([]);
  });

  it('takes the rate from the last seconds: what was done before this start does not count', () => {
    const { clock, written, progress } = record('lines');
    const at = (now: number, done: number): void => {
      clock.now = now;
      progress.step('import', done, 1_000_000);
    };
    at(0, 500_000);
    at(4_000, 504_000);
    expect(written.at(-1)).toContain(' 1,000/s');
    for (let now = 8_000; now <= 40_000; now += 4_000) at(now, 504_000 + (now - 4_000) * 2);
    expect(written.at(-1)).toContain(' 2,000/s');
  });

  it('begins anew with another piece of work', () => {
    const { clock, written, progress } = record('lines');
    clock.now = 4_000;
    progress.step('reading', 80_000);
    progress.step('learning', 0, 100);
    clock.now = 8_000;
    progress.step('learning', 40, 100);
    expect(written.at(-1)).toBe('learning: 40 of 100 (40 %), 10/s, 6 s left\n');
  });
});
