/**
 * `recommendation_id`: a sealed token that any process of the site can go on from, without anything stored.
 *
 * 1. A token's first 20 characters (`rec_` and 16) name its list alone; events and logs are joined by them (shared/domain/list-id).
 * 2. Nothing can be read from a token or changed in it without the site's secret; a shopper's own id is not in it at all.
 * 3. What can't be read is a 404: forged, cut, of another site or a later release; and what is older than TOKEN_DAYS.
 */
import { LIST_PREFIX } from '@freshet/shared/domain/list-id';
import { problem } from '@freshet/shared/http/problem';
import type { Secrets } from '@freshet/shared/ports/secrets';
import { decodeToken, encodeToken, type ListToken, MAX_BYTES } from './content.js';
import { createSealer } from './seal.js';

export const TOKEN_DAYS = 30;
const DAY_MS = 86_400_000;
const SECRET = 'list-tokens';

export interface Tokens {
  make(token: ListToken): string;
  /** Throws the 404 that says what is wrong with it. `now`: milliseconds since 1970. */
  read(text: string, now: number): ListToken;
}

export async function openTokens(secrets: Secrets): Promise<Tokens> {
  return createTokens(await secrets.obtain(SECRET));
}

export function createTokens(secret: Buffer): Tokens {
  const sealer = createSealer(secret, MAX_BYTES);
  return {
    make: (token) => `${LIST_PREFIX}${sealer.seal(encodeToken(token))}`,
    read(text, now) {
      const plain = text.startsWith(LIST_PREFIX) ? sealer.open(text.slice(LIST_PREFIX.length)) : undefined;
      const token = plain === undefined ? undefined : decodeToken(plain);
      if (token === undefined) {
        throw problem(404, 'recommendation_not_found', { detail: 'This is not a recommendation_id that this site has given out, or it was cut short on its way.' });
      }
      if (now - token.madeAt > TOKEN_DAYS * DAY_MS) {
        throw problem(404, 'recommendation_expired', { detail: `That list was made more than ${TOKEN_DAYS} days ago: ask for a new one.` });
      }
      return token;
    },
  };
}
