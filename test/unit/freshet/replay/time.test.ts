import { describe, expect, it } from 'vitest';
import { parseTime } from 'freshet/replay/time';

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

  it.each(['', 'yesterday', '2014-02-30', '2014-13-01', '2014-04-02T25:00Z', '02.04.2014', 'NaN', '1e400'])('refuses %j', (cell) => {
    expect(parseTime(cell)).toBeUndefined();
  });
});
