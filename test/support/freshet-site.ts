/** Where a whole Freshet lives, embedded or on a server: what its commands are told, and where its database is while it runs. */
import { connectClient } from '@freshet/shared/adapters/postgres/pool';
import { openShop, type Shop } from './api-client.js';
import { type FreshetCommand, startFreshet } from './freshet-command.js';
import { createDatabase } from './postgres.js';
import { embeddedUrl } from './settled-ledger.js';

export interface Site {
  readonly args: readonly string[];
  url(): Promise<string>;
  close(): Promise<void>;
}

/** On the embedded database of a data directory. */
export function embeddedSite(dataDir: string): Site {
  return { args: ['--data-dir', dataDir], url: () => embeddedUrl(dataDir), close: () => Promise.resolve() };
}

/** On an empty database of the test server. */
export async function serverSite(): Promise<Site> {
  const database = await createDatabase({ migrated: false });
  return { args: ['--database-url', database.url], url: () => Promise.resolve(database.url), close: () => database.drop() };
}

export interface StartedSite {
  readonly freshet: FreshetCommand;
  readonly shop: Shop;
}

export async function startOn({ args }: Site): Promise<StartedSite> {
  const freshet = await startFreshet({ command: 'start', args: [...args, '--demo', 'off'] });
  await freshet.ready();
  return { freshet, shop: openShop(freshet.url) };
}

/** The first field of the first row. */
export async function firstOf<T>(site: Site, query: string, values: readonly unknown[] = []): Promise<T> {
  const client = await connectClient({ url: await site.url(), applicationName: 'test-site', onError: () => undefined });
  try {
    const row = (await client.query<Record<string, T>>(query, [...values])).rows[0];
    return Object.values(row ?? {})[0] as T;
  } finally {
    await client.end();
  }
}
