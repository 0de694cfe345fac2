/**
 * Fault F4: serving dies (SIGKILL) while it loads, and at the moment after a swap. It comes back on the newest version,
 * and answers like a process that nothing happened to.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idsOf, type Shop } from '../support/api-client.js';
import { type FaultSite, openFaultSite, type Proxied } from '../support/fault-site.js';
import { startLoad } from '../support/shoppers-load.js';
import { documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

/** The read of deltas behind a version: it is sent when that version has been applied. */
const readBehind = (version: number): readonly string[] => ['from freshet.delta where', `version > ${version}\n`];

describe('serving is killed', () => {
  let site: FaultSite;
  let proxied: Proxied;
  let shop: Shop;
  let witness: Shop;

  beforeAll(async () => {
    site = await openFaultSite('postgres');
    proxied = await site.proxied();
    const [ingest, other] = await Promise.all([site.start('ingest'), site.start('serving'), site.start('trainer')]);
    [shop, witness] = await Promise.all([site.shop(ingest), site.shop(other)]);
    await shop.describe(documents());
    const load = startLoad({ run: 'before', url: () => ingest.url, acknowledged: site.acknowledged });
    await until('there are 20 versions', async () => (await site.state()).version >= 20);
    await load.stop();
  });
  afterAll(() => site?.close());

  /** A new process; its version is no older than the newest there was, and its answers are the witness’s. Resolves with the version it loaded. */
  async function comesBack(): Promise<number> {
    const { version } = await site.state();
    const back = await site.shop(await site.start('serving'));
    expect((await back.get('/readyz')).status).toBe(200);
    const now = await back.latest();
    expect(now.version).toBeGreaterThanOrEqual(version);
    expect(now.refused).toBeUndefined();
    const manifest = await back.get(`/v1/models/${now.version}`);
    const stored = await site.client.query<{ checksum: Buffer }>('select checksum from freshet.delta where version = $1', [now.version]);
    expect(manifest.body['checksum']).toBe(stored.rows[0]?.checksum.toString('hex'));
    await until('both answer from one version', async () => {
      const [a, b] = await Promise.all([back.recommend('shopper-1'), witness.recommend('shopper-1')]);
      if (a.model_version !== b.model_version || a.history_seq !== b.history_seq) return false;
      expect(a.items.length).toBeGreaterThan(0);
      expect(idsOf(a)).toEqual(idsOf(b));
      return true;
    });
    return now.version;
  }

  it('while it loads: the next one loads and answers', async () => {
    const loading = proxied.database.hold({ contains: ['from freshet.delta where'], at: 'answered' });
    const victim = site.launch('serving', proxied.addresses);
    const held = await loading;
    // It listens meanwhile and says that it isn't ready; it never answers from half a model.
    const early = await site.shop(victim);
    expect((await early.get('/readyz')).status).toBe(503);
    expect((await early.get('/v1/users/shopper-1/recommendations')).status).toBe(503);
    await victim.kill();
    held.drop();
    await comesBack();
    await site.check('F4: serving killed while loading');
  });

  it('right after a swap: the next one has that version too', async () => {
    const victim = await site.start('serving', proxied.addresses);
    const { version } = await site.state();
    // A heartbeat's version may come along in the same read.
    const swapped = [1, 2, 3].map((step) => proxied.database.hold({ contains: readBehind(version + step), at: 'request' }));
    await shop.send(visits('swap', 0, 5));
    const held = await Promise.race(swapped);
    await victim.kill();
    held.drop();
    expect(await comesBack()).toBeGreaterThan(version);
    await site.check('F4: serving killed after a swap');
  });
});
