import { didYouMean, nearestName } from '@freshet/shared/domain/nearest-name';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const NAMES = ['limit', 'exclude_ids', 'exclude_seen', 'available', 'explain', 'after_sequence', 'dry_run'];

test.each([
  ['limt', 'limit'],
  ['limits', 'limit'],
  ['ilmit', 'limit'],
  ['excludeIds', 'exclude_ids'],
  ['DRY-RUN', 'dry_run'],
  ['dryrun', 'dry_run'],
  ['after_sequnce', 'after_sequence'],
  ['availible', 'available'],
  ['utm_source', undefined],
  ['x', undefined],
  ['', undefined],
])('%s is nearest to %s', (given, expected) => {
  expect(nearestName(given, NAMES)).toBe(expected);
});

test('is a clause for a sentence, or nothing', () => {
  expect(didYouMean('limt', NAMES)).toBe('; did you mean “limit”?');
  expect(didYouMean('utm_source', NAMES)).toBe('');
});

test('a known name is always nearest to itself, and one letter less still finds it or one as near', () => {
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), fc.nat(), (name, place) => {
      expect(nearestName(name, NAMES)).toBe(name);
      const cut = place % name.length;
      expect(nearestName(name.slice(0, cut) + name.slice(cut + 1), NAMES)).toBeDefined();
    }),
  );
});
