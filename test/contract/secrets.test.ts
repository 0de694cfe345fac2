/** The contract of a site's secrets, on both adapters. */
import { memorySecrets } from '@freshet/shared/adapters/memory/secrets';
import { postgresSecrets } from '@freshet/shared/adapters/postgres/secrets';
import { SECRET_BYTES, type Secrets } from '@freshet/shared/ports/secrets';
import { describe, expect, it } from 'vitest';
import { useModelDatabase } from '../support/model-database.js';

const database = useModelDatabase();
const ADAPTERS: readonly (readonly [name: string, open: () => Secrets])[] = [['memory', memorySecrets], ['postgres', () => postgresSecrets(database.pool)]];

describe.each(ADAPTERS)('secrets: %s', (_, open) => {
  it('are made once and the same for whoever asks, at once or later', async () => {
    const secrets = open();
    const [first, ...others] = await Promise.all(Array.from({ length: 8 }, () => secrets.obtain('many')));
    expect(first).toHaveLength(SECRET_BYTES);
    for (const other of [...others, await secrets.obtain('many')]) expect(first?.equals(other)).toBe(true);
  });

  it('are different for different names', async () => {
    const secrets = open();
    expect((await secrets.obtain('one')).equals(await secrets.obtain('other'))).toBe(false);
  });
});

it('a process started later finds what the first has made', async () => {
  const made = await postgresSecrets(database.pool).obtain('lasting');
  expect((await postgresSecrets(database.pool).obtain('lasting')).equals(made)).toBe(true);
});

it('a secret that somebody has shortened is refused, with what to do', async () => {
  await database.pool.query("insert into freshet.secret (name, bytes) values ('short', '\\x00')");
  await expect(postgresSecrets(database.pool).obtain('short')).rejects.toThrow(/"short" has 1 bytes, not 32: delete its row/);
});
