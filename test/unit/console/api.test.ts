import { describe, expect, it } from 'vitest';
import { isAddressable, pathOf } from '@freshet/console/api';

describe('addresses', () => {
  it('carry any id as one part, so that it can name nothing else', () => {
    for (const id of ['<b>&"\'/é中文', 'a/../../b', '?x=1#y', ' %2F ', 'a;b', '\u0000']) {
      const path = pathOf('users', id, 'history');
      expect(new URL(path, 'http://shop.test').pathname).toBe(path);
      expect(decodeURIComponent(path.split('/')[3] ?? '')).toBe(id);
      expect(path.split('/')).toHaveLength(5);
      expect(isAddressable(id)).toBe(id.trim() !== '');
    }
  });

  it('are refused to what no address can carry', () => {
    expect(['', ' ', '.', '..', '\ud800'].filter(isAddressable)).toEqual([]);
  });
});
