/**
 * The address of the running embedded database, for the programs beside it (a producer of the queue `events`, psql, a backup):
 * `<data-dir>/postgres.url`. It holds the password, so only the user who started Freshet may read it. Removed when the
 * server stops; after a SIGKILL it stays until the next start on that directory. Nothing of Freshet's own depends on it.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toError } from '@freshet/shared/errors';

const URL_FILE = 'postgres.url';

/** One that a killed Freshet left behind: nobody shall find it while the next server isn't there yet. */
export async function removeStaleUrlFile(dataDir: string): Promise<void> {
  await rm(path.join(dataDir, URL_FILE), { force: true }).catch(() => undefined);
}

/** Returns what removes it. */
export async function writeUrlFile(dataDir: string, url: string, log: (line: string) => void): Promise<() => Promise<void>> {
  const file = path.join(dataDir, URL_FILE);
  const draft = `${file}.new`;
  try {
    // One that is left over could have another mode.
    await rm(draft, { force: true });
    await writeFile(draft, `${url}\n`, { mode: 0o600 });
    await rename(draft, file);
  } catch (thrown) {
    log(`the database's address could not be written to ${file}: ${toError(thrown).message}`);
  }
  return () => rm(file, { force: true }).catch(() => undefined);
}
