import { describe, expect, it } from 'vitest';
import { redactUrl } from 'freshet/cli/redact';

describe('a shown URL', () => {
  it.each([
    ['postgresql://ada:secret@db:5432/shop', 'postgresql://ada:[hidden]@db:5432/shop'],
    ['postgresql://ada:se@c:r/e?t@db/shop', 'postgresql://ada:[hidden]@db/shop'],
    ['postgresql://ada:two\nlines@db/shop', 'postgresql://ada:[hidden]@db/shop'],
    ['redis://:secret@queue:6379/0', 'redis://:[hidden]@queue:6379/0'],
    ['postgresql://db/shop?user=ada&password=secret&sslmode=require', 'postgresql://db/shop?user=ada&password=[hidden]&sslmode=require'],
    ['postgresql://db/shop?sslpassword=a%20b', 'postgresql://db/shop?sslpassword=[hidden]'],
    ['postgresql://ada@db/shop', 'postgresql://ada@db/shop'],
    ['postgresql://db:5432/shop', 'postgresql://db:5432/shop'],
    ['memory:', 'memory:'],
  ])('%j → %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});
