/** A temporary directory on disk for one run, and everything the run starts: all gone afterwards, however it ends. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createOwner, type Owner } from '@freshet/shared/lifecycle';

export interface Workplace {
  readonly dir: string;
  /** Released last in, first out, before the directory goes. */
  readonly owner: Owner;
}

const RELEASE_LIMIT_MS = 45_000;

export async function withWorkplace<T>(work: (place: Workplace) => Promise<T>): Promise<T> {
  const owner = createOwner();
  const dir = await mkdtemp(path.join(tmpdir(), 'freshet-bench-'));
  // Root's Postgres runs as another user, who must get through here; what lies inside is closed to others by itself.
  await chmod(dir, 0o755);
  owner.defer('temporary directory', () => rm(dir, { recursive: true, force: true }), RELEASE_LIMIT_MS);
  try {
    return await work({ dir, owner });
  } finally {
    await owner.close();
  }
}

/** Registers something with a `stop`; returns it. */
export function stopLater<T extends { stop(): Promise<void> }>({ owner }: Workplace, name: string, resource: T): T {
  owner.defer(name, () => resource.stop(), RELEASE_LIMIT_MS);
  return resource;
}
