/** Secrets in memory: one site's, as long as it is held. */
import { randomBytes } from 'node:crypto';
import { SECRET_BYTES, type Secrets } from '../../ports/secrets.js';

export function memorySecrets(): Secrets {
  const made = new Map<string, Buffer>();
  return {
    obtain(name) {
      const secret = made.get(name) ?? randomBytes(SECRET_BYTES);
      made.set(name, secret);
      return Promise.resolve(secret);
    },
  };
}
