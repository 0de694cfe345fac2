import { expect, test } from 'vitest';
import { isTooDeep } from '@freshet/ingest/clean/nesting';

function nested(levels: number): unknown {
  return JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
}

test('values as deep as anything of ours are fine, far deeper ones are not and break nobody', () => {
  expect(isTooDeep('text')).toBe(false);
  expect(isTooDeep({ type: 'view', attributes: { sizes: [1, 2] } })).toBe(false);
  expect(isTooDeep(nested(32))).toBe(false);
  expect(isTooDeep(nested(33))).toBe(true);
  expect(isTooDeep({ type: 'view', x: nested(100_000) })).toBe(true);
});
