import { describe, expect, it } from 'vitest';
import { parseTime, parseZone } from 'freshet/files/time';

const MOMENT = Date.UTC(2014, 3, 2, 11, 17, 46, 940);

describe('parseTime', () => {
  it.each([
    ['seconds with a fraction', '1396437466.94', MOMENT],
    ['milliseconds', '1396437466940', MOMENT],
    ['a number of milliseconds', 1_396_437_466_940, MOMENT],
    ['microseconds', '1396437466940000', MOMENT],
    ['whole seconds', '965779200', 965_779_200_000],
    ['RFC 3339 in UTC', '2014-04-02T11:17:46.940Z', MOMENT],
    ['RFC 3339 with an offset', '2014-04-02T13:17:46.94+02:00', MOMENT],
    ['an offset without a colon', '2014-04-02 06:17:46.94 -0500', MOMENT],
    ['minutes without a zone, taken as UTC', '2009-12-01T07:45', Date.UTC(2009, 11, 1, 7, 45)],
    ['a date', '2016-05-09', Date.UTC(2016, 4, 9)],
    ['a date with slashes', '2016/5/9 08:00', Date.UTC(2016, 4, 9, 8)],
    ['a small counter, as seconds', '17', 17_000],
  ])('reads %s', (_, cell, expected) => {
    expect(parseTime(cell)).toBe(expected);
  });

  it.each(['', 'yesterday', '2014-02-30', '2014-13-01', '2014-04-02T25:00Z', 'NaN', '1e400'])('refuses %j', (cell) => {
    expect(parseTime(cell)).toBeUndefined();
  });

  it.each(['02.04.2014', '02/04/2014', '2/4/2014 11:17', '25/12/2014'])('does not guess which number of %j is the day', (cell) => {
    expect(parseTime(cell)).toBe('ambiguous');
  });

  it.each([
    ['dmy', '02.04.2014', Date.UTC(2014, 3, 2)],
    ['mdy', '02/04/2014', Date.UTC(2014, 1, 4)],
    ['dmy', '25/12/2014 11:17:46,940', Date.UTC(2014, 11, 25, 11, 17, 46, 940)],
    ['mdy', '12/1/2009 8:26 AM', Date.UTC(2009, 11, 1, 8, 26)],
    ['mdy', '12/1/2009 12:05 am', Date.UTC(2009, 11, 1, 0, 5)],
    ['mdy', '12/1/2009 12:05 PM', Date.UTC(2009, 11, 1, 12, 5)],
    ['dmy', '1-4-2014 10:00+02:00', Date.UTC(2014, 3, 1, 8)],
  ] as const)('reads a date when its order is said: %s %s', (dateOrder, cell, expected) => {
    expect(parseTime(cell, { dateOrder })).toBe(expected);
  });

  it('refuses a month beyond twelve in the order given, and hours beyond twelve with PM', () => {
    expect(parseTime('12/25/2014', { dateOrder: 'dmy' })).toBeUndefined();
    expect(parseTime('12/1/2009 13:05 PM', { dateOrder: 'mdy' })).toBeUndefined();
  });
});

describe('parseZone', () => {
  const berlin = parseZone('Europe/Berlin');

  it.each([
    ['winter', '2024-01-15 12:00', Date.UTC(2024, 0, 15, 11)],
    ['summer', '2024-07-15 12:00', Date.UTC(2024, 6, 15, 10)],
    ['just before the clocks go forward', '2024-03-31 01:59:59', Date.UTC(2024, 2, 31, 0, 59, 59)],
    ['just after', '2024-03-31 03:00', Date.UTC(2024, 2, 31, 1)],
    ['just before the hour that comes twice', '2024-10-27 01:59', Date.UTC(2024, 9, 26, 23, 59)],
    ['just after it', '2024-10-27 03:00', Date.UTC(2024, 9, 27, 2)],
    ['a time with a zone of its own', '2024-07-15T12:00Z', Date.UTC(2024, 6, 15, 12)],
    ['epoch seconds', '1721044800', 1_721_044_800_000],
  ])('reads a time without a zone as that of Europe/Berlin: %s', (_, cell, expected) => {
    expect(parseTime(cell, { zone: berlin })).toBe(expected);
  });

  it('takes the hour that comes twice for one of its two, and the one that does not exist for one beside it', () => {
    expect([Date.UTC(2024, 9, 27, 0, 30), Date.UTC(2024, 9, 27, 1, 30)]).toContain(parseTime('2024-10-27 02:30', { zone: berlin }));
    expect([Date.UTC(2024, 2, 31, 0, 30), Date.UTC(2024, 2, 31, 1, 30)]).toContain(parseTime('2024-03-31 02:30', { zone: berlin }));
  });

  it('takes fixed offsets, also those of half an hour', () => {
    expect(parseTime('2024-07-15 12:00', { zone: parseZone('+05:30') })).toBe(Date.UTC(2024, 6, 15, 6, 30));
    expect(parseTime('2024-07-15 12:00', { zone: parseZone('-0800') })).toBe(Date.UTC(2024, 6, 15, 20));
    expect(parseTime('2024-07-15 12:00', { zone: parseZone('Asia/Kathmandu') })).toBe(Date.UTC(2024, 6, 15, 6, 15));
  });

  it('names what it takes instead of a zone that does not exist', () => {
    expect(() => parseZone('Berlin')).toThrow(/"Berlin" is no time zone; give UTC, an offset such as \+02:00/);
  });
});
