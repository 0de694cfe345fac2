/** Versions that a whole serving process has or answers from. */
import { expect } from 'vitest';
import { makeModel } from './model.js';
import type { serve } from './serving.js';

export type Site = Awaited<ReturnType<typeof serve>>;

/** So many versions, one more entry learned by each; resolves when this process has them. */
export async function publish(site: Site, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await site.publish(makeModel((await site.deltas.state()).version + 1, 30));
  const { version } = await site.deltas.state();
  await expect.poll(async () => (await site.get(`/v1/models/${version}`)).status).toBe(200);
}

export async function serves(site: Site, version: number): Promise<void> {
  await expect.poll(async () => (await site.get('/v1/models/latest')).body['version']).toBe(version);
}
