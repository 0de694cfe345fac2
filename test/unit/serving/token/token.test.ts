import { createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { LIST_PREFIX, listIdOf } from '@freshet/shared/domain/list-id';
import { parseUserRef } from '@freshet/shared/domain/event';
import { CONTEXTS, decodeToken, encodeToken, type ListToken, MAX_BYTES, METHODS } from '@freshet/serving/token/content';
import { hashOf } from '@freshet/serving/token/hash';
import { createSealer } from '@freshet/serving/token/seal';
import { createTokens, TOKEN_DAYS } from '@freshet/serving/token/tokens';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const NOW = Date.UTC(2026, 10, 28);
const word = fc.nat({ max: 0xffff_ffff });
const whole = fc.maxSafeNat();
const words = fc.array(word, { maxLength: 60 });

const anyToken: fc.Arbitrary<ListToken> = fc.record({
    madeAt: whole, method: fc.constantFrom(...METHODS), context: fc.option(fc.constantFrom(...CONTEXTS), { nil: undefined }),
    rung: fc.constantFrom('personal', 'session', 'similar', 'trending', 'newest', 'together'), limit: fc.integer({ min: 1, max: 100 }),
    modelVersion: whole, learnedUntil: whole, historySeq: whole, seed: word,
    person: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => parseUserRef(n.toString(16).padStart(16, '0'))), { nil: undefined }),
    ofUser: fc.boolean(), excludeSeen: fc.boolean(), anyAvailability: fc.boolean(),
    diversity: fc.double({ min: 0, max: 1, noNaN: true }), rotation: fc.double({ min: 0, max: 1, noNaN: true }),
    excluded: words, shown: words, own: fc.nat({ max: 60 }), whole: fc.boolean(),
    texts: fc.record({ item_id: fc.string({ unit: 'grapheme', maxLength: 128 }), category: fc.string({ maxLength: 200 }) }, { requiredKeys: [] }),
  });

const PLAIN: ListToken = {
  madeAt: NOW, method: 'rank', context: 'home', rung: 'personal', limit: 20, modelVersion: 812_345, learnedUntil: 7_654_321, historySeq: 7_654_400, seed: 99,
  person: parseUserRef('00112233445566ff'), ofUser: true, excludeSeen: false, anyAvailability: false, diversity: 0, rotation: 0,
  excluded: [], shown: Array.from({ length: 20 }, (_, i) => hashOf(`item-${i}`)), own: 20, texts: {}, whole: true,
};

describe('the bytes of a token', () => {
  it('are read back as they were written', () => {
    fc.assert(fc.property(anyToken, (token) => {
      expect(decodeToken(encodeToken(token))).toEqual({ ...token, diversity: token.diversity + 0, rotation: token.rotation + 0 });
    }));
  });

  it('are nothing when one is missing, one is too many, or the format is a later one', () => {
    const bytes = encodeToken(PLAIN);
    for (let length = 0; length < bytes.length; length++) expect(decodeToken(bytes.subarray(0, length))).toBeUndefined();
    expect(decodeToken(Buffer.concat([bytes, Buffer.alloc(1)]))).toBeUndefined();
    expect(decodeToken(Buffer.concat([Buffer.from([2]), bytes.subarray(1)]))).toBeUndefined();
  });

  it('keep this page’s items and say that they are not whole when the rest has no room', () => {
    const shown = Array.from({ length: 500 }, (_, i) => i);
    const long = { ...PLAIN, excluded: shown, shown, own: 100 };
    const bytes = encodeToken(long);
    expect(bytes.length).toBeLessThanOrEqual(MAX_BYTES);
    expect(decodeToken(bytes)).toMatchObject({ whole: false, excluded: [], shown: shown.slice(-100), own: 100, person: PLAIN.person });
    expect(decodeToken(encodeToken({ ...PLAIN, excluded: shown.slice(0, 250), shown: shown.slice(0, 250) }))?.whole).toBe(true);
  });
});

describe('a sealed text', () => {
  const sealer = createSealer(Buffer.alloc(32, 7), 400);

  it('opens to what was sealed, and never looks twice alike', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(sealer.open(sealer.seal(Buffer.from(bytes)))?.equals(bytes)).toBe(true);
    }));
    expect(new Set(Array.from({ length: 1_000 }, () => sealer.seal(Buffer.alloc(4)).slice(0, 16))).size).toBe(1_000);
  });

  it('is AES-256 in counter mode under HMAC-SHA-256, as Node computes them', () => {
    const keyFor = (use: string): Buffer => Buffer.from(hkdfSync('sha256', Buffer.alloc(32, 7), '', `freshet list token ${use}`, 32));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (plain) => {
        const bytes = Buffer.from(sealer.seal(Buffer.from(plain)), 'base64url');
        const start = Buffer.concat([bytes.subarray(0, 12), Buffer.alloc(4)]);
        expect(createHmac('sha256', keyFor('authentication')).update(bytes.subarray(0, -16)).digest().subarray(0, 16)).toEqual(bytes.subarray(-16));
        expect(createDecipheriv('aes-256-ctr', keyFor('encryption'), start).update(bytes.subarray(12, -16))).toEqual(Buffer.from(plain));
      }),
    );
  });

  it('is of the limit at most', () => {
    expect(() => sealer.seal(Buffer.alloc(401))).toThrow(/401 bytes/);
    expect(sealer.open(createSealer(Buffer.alloc(32, 7), 401).seal(Buffer.alloc(401)))).toBeUndefined();
  });

  it('does not open when any bit of it is changed, when it is cut, or with another secret', () => {
    const sealed = sealer.seal(Buffer.from('what it says'));
    const bytes = Buffer.from(sealed, 'base64url');
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(sealer.open(changed.toString('base64url'))).toBeUndefined();
    }
    for (let length = 0; length < sealed.length; length++) expect(sealer.open(sealed.slice(0, length))).toBeUndefined();
    for (const other of [`${sealed}=`, `${sealed} `, `${sealed}A`, `é${sealed}`]) expect(sealer.open(other)).toBeUndefined();
    expect(createSealer(Buffer.alloc(32, 8), 400).open(sealed)).toBeUndefined();
  });

  it('is one text for its bytes: the bits that base64 leaves unread must be 0', () => {
    const sealed = sealer.seal(Buffer.alloc(1));
    expect(sealed.length % 4).not.toBe(0);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const others = alphabet.split('').map((last) => sealed.slice(0, -1) + last).filter((text) => text !== sealed);
    expect(others.filter((text) => sealer.open(text) !== undefined)).toEqual([]);
  });
});

describe('a recommendation_id', () => {
  const tokens = createTokens(randomBytes(32));

  it('is read by any process that has the site’s secret', () => {
    const secret = randomBytes(32);
    expect(createTokens(secret).read(createTokens(secret).make(PLAIN), NOW)).toEqual(PLAIN);
  });

  it('has at most 4,000 characters, safe in a URL, whatever it says', () => {
    fc.assert(fc.property(anyToken, (token) => {
      expect(tokens.make(token)).toMatch(/^rec_[\w-]{60,3996}$/);
    }));
    const most = { ...PLAIN, excluded: [], shown: Array.from({ length: 680 }, (_, i) => i), own: 100, texts: { category: 'x'.repeat(150) } };
    expect(tokens.make(most).length).toBeLessThanOrEqual(4_000);
    expect(tokens.read(tokens.make(most), NOW).whole).toBe(true);
    expect(tokens.make(PLAIN).length).toBeLessThan(220);
  });

  it('begins with a name that events are joined by', () => {
    const token = tokens.make(PLAIN);
    expect(listIdOf(token)).toBe(token.slice(0, 20));
    expect(listIdOf(listIdOf(token))).toBe(token.slice(0, 20));
    for (const own of ['list-1', 'rec_26026838-88f3-405d-8b8e-8a709274f124', '', `${LIST_PREFIX}x y`.padEnd(100)]) expect(listIdOf(own)).toBe(own);
  });

  it('that is forged, of another site or too old is a 404 that says so', () => {
    const token = tokens.make(PLAIN);
    for (const wrong of ['', 'rec_', 'rec_26026838-88f3-405d-8b8e-8a709274f124', token.slice(0, 20), `${token}A`, token.slice(4), createTokens(randomBytes(32)).make(PLAIN)]) {
      expect(() => tokens.read(wrong, NOW)).toThrow(expect.objectContaining({ status: 404, code: 'recommendation_not_found' }));
    }
    const life = TOKEN_DAYS * 86_400_000;
    expect(tokens.read(token, NOW + life)).toEqual(PLAIN);
    expect(() => tokens.read(token, NOW + life + 1)).toThrow(expect.objectContaining({ status: 404, code: 'recommendation_expired' }));
  });
});
