import { entityTagOf, hasTag } from '@freshet/shared/http/entity-tag';
import { describe, expect, it } from 'vitest';

const tag = entityTagOf('a page');
const opaque = tag.slice(2);

describe('an entity tag', () => {
  it('is of the content, weak, and the same for text and its bytes', () => {
    expect(tag).toMatch(/^W\/"[\w-]{22}"$/);
    expect(entityTagOf(Buffer.from('a page'))).toBe(tag);
    expect(entityTagOf('another page')).not.toBe(tag);
  });

  it.each([
    ['alone', tag],
    ['strong, since the comparison is weak', opaque],
    ['first of a list', `${tag}, "other"`],
    ['last of a list without spaces', `"other",W/"more",${tag}`],
    ['behind a tag with a comma', `"a, b", ${tag}`],
    ['behind an empty member', `, ${tag}`],
    ['with space around', `  ${tag}\t`],
    ['as anything there is', ' * '],
  ])('is met %s', (_, header) => {
    expect(hasTag(header, tag)).toBe(true);
  });

  it('is met in one of several headers', () => {
    expect(hasTag(['"other"', tag], tag)).toBe(true);
  });

  it.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['another tag', '"other"'],
    ['a tag that begins so', `${tag.slice(0, -1)}x"`],
    ['the tag inside of another one', `"a, ${opaque.slice(1, -1)}, b"`],
    ['the tag without its quotes', opaque.slice(1, -1)],
    ['a star among tags', '*, "other"'],
  ])('isn’t met by %s', (_, header) => {
    expect(hasTag(header, tag)).toBe(false);
  });
});
