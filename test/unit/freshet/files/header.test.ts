import { describe, expect, it } from 'vitest';
import { isHeader } from 'freshet/files/header';

/** The cells of a first and of a second line under these fields. */
const header = (fields: string, first: string, second?: string): boolean =>
  isHeader(fields.split(',').map((field, i) => ({ field, first: first.split(',')[i] ?? '', second: second?.split(',')[i] })));

describe('isHeader', () => {
  it.each([
    ['user,item', 'user_id,item_id', 'u1,a'],
    ['session,item', 'Session Id,Item ID', 'x,y'],
    ['user,item', 'Customer,SKU', undefined],
    ['user,item', 'who,what', '17,4711'],
    ['user,item,time', 'who,what,when', 'ann,hat,2024-01-31 12:00'],
    ['user,item,price', 'who,what,paid', 'ann,hat,3.50'],
  ])('finds the header of a file read as %s: %s above %s', (fields, first, second) => {
    expect(header(fields, first, second)).toBe(true);
  });

  it.each([
    ['user,item', 'ann,hat', 'bob,mug'],
    ['user,item', 'ann,hat', 'bob,17'],
    ['user,item', 'user,hat', 'ann,mug'],
    ['user,item', '1,7', '2,8'],
    ['user,item,time', 'ann,hat,never', 'bob,mug,never'],
    ['user,item,time', 'u1,hat,never', 'u2,mug,1700000000'],
    ['user,item,type', 'ann,hat,view', 'bob,mug,view'],
    ['user,item', 'user,', '1,2'],
  ])('takes the first line of a file read as %s for an event: %s above %s', (fields, first, second) => {
    expect(header(fields, first, second)).toBe(false);
  });
});
