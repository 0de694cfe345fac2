/** Secrets in `freshet.secret`. Of processes that make the same one at once, the first to commit has made it for all. */
import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { CorruptionError } from '../../errors.js';
import { SECRET_BYTES, type Secrets } from '../../ports/secrets.js';

interface Row {
  readonly bytes: Buffer;
}

export function postgresSecrets(pool: Pool): Secrets {
  const find = async (name: string): Promise<Buffer | undefined> => (await pool.query<Row>('select bytes from freshet.secret where name = $1', [name])).rows[0]?.bytes;
  return {
    async obtain(name) {
      const known = await find(name);
      if (known !== undefined) return checked(name, known);
      await pool.query('insert into freshet.secret (name, bytes) values ($1, $2) on conflict do nothing', [name, randomBytes(SECRET_BYTES)]);
      return checked(name, await find(name));
    },
  };
}

function checked(name: string, bytes: Buffer | undefined): Buffer {
  if (bytes?.length === SECRET_BYTES) return bytes;
  throw new CorruptionError('secret', `the secret "${name}" has ${bytes?.length ?? 0} bytes, not ${SECRET_BYTES}: delete its row in freshet.secret, and a new one is made`);
}
