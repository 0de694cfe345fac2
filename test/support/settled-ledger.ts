/**
 * The ledger check on a system that runs: waits until the trainer has reached the log's end, then expects no fault.
 *
 * The reads are one snapshot of the database, so heartbeats that arrive meanwhile don't count as faults.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { connectClient } from '@freshet/shared/adapters/postgres/pool';
import { ROLE } from 'freshet/embedded/initialize';
import { expect, vi } from 'vitest';
import { checkLedger, type Ledger } from './ledger.js';

const SETTLE_MS = 30_000;
const POLL_MS = 100;

/** Prints the counts under `scenario`. */
export async function expectSoundLedger(scenario: string, databaseUrl: string, acknowledged: ReadonlySet<string>): Promise<Ledger> {
  const client = await connectClient({ url: databaseUrl, applicationName: 'freshet-ledger-check', onError: () => undefined });
  try {
    const ledger = await vi.waitFor(
      async () => {
        await client.query('begin isolation level repeatable read read only');
        try {
          const found = await checkLedger(client, acknowledged);
          expect(found.faults).toEqual([]);
          return found;
        } finally {
          await client.query('rollback');
        }
      },
      { timeout: SETTLE_MS, interval: POLL_MS },
    );
    const { entries, events, applied, versions } = ledger;
    console.info(`ledger of “${scenario}”: ${acknowledged.size} acknowledged, ${events} events in ${entries} entries, ${applied} applied, ${versions} versions, 0 faults`);
    return ledger;
  } finally {
    await client.end();
  }
}

/** Where the embedded server of a running Freshet listens. */
export async function embeddedUrl(dataDir: string): Promise<string> {
  const password = (await readFile(path.join(dataDir, 'postgres.password'), 'utf8')).trim();
  const socketDir = (await readFile(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[4]?.trim() ?? '';
  return `postgresql://${ROLE}:${encodeURIComponent(password)}@localhost/postgres?host=${encodeURIComponent(socketDir)}`;
}
