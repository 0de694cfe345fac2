/**
 * Faults F15 and F16: two trainers, one of which leads; and a leader that is stopped (SIGSTOP) until another has taken
 * over, and then wakes up in the middle of a commit.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Shop } from '../support/api-client.js';
import { type FaultSite, openFaultSite, type Proxied } from '../support/fault-site.js';
import type { FreshetProcess } from '../support/freshet-process.js';
import { startLoad } from '../support/shoppers-load.js';
import { visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

describe('two trainers', () => {
  let site: FaultSite;
  let proxied: Proxied;
  let ingest: FreshetProcess;
  let shop: Shop;
  let leader: FreshetProcess;

  beforeAll(async () => {
    site = await openFaultSite('postgres');
    proxied = await site.proxied();
    [ingest, leader] = await Promise.all([site.start('ingest'), site.start('trainer', proxied.addresses)]);
    await until('the first trainer leads', async () => (await site.state()).epoch > 0);
    shop = await site.shop(ingest);
  });
  afterAll(() => site?.close());

  it('started at once beside a leader write nothing: versions have no gap and one epoch', async () => {
    await Promise.all([site.start('trainer'), site.start('trainer')]);
    const { epoch } = await site.state();
    const load = startLoad({ run: 'beside', url: () => ingest.url, acknowledged: site.acknowledged });
    await until('the leader has published 20 versions', async () => (await site.state()).version >= 20);
    await load.stop();
    await site.applied(await site.newestEvents());
    expect((await site.state()).epoch).toBe(epoch);
    await site.check('F15: three trainers');
  });

  it('a leader that is stopped and wakes up is fenced off, becomes a stand-by, and can lead again', async () => {
    const { epoch, version } = await site.state();
    const commit = proxied.database.hold({ contains: ['delta-commit', 'zombie-item'], at: 'request' });
    await shop.send(visits('zombie', 0, 5).map((event) => ({ ...event, item_id: 'zombie-item' })));
    const seq = await site.newestEvents();
    const held = await commit;
    leader.pause();
    await until('a stand-by leads', async () => (await site.state()).epoch === epoch + 1);
    await site.applied(seq);
    expect(await site.epochOf(seq)).toBe(epoch + 1);
    // The zombie's commit arrives: by its own lights it still leads.
    leader.resume();
    held.release();
    await until('it has learned that it was deposed', () => leader.output().includes('term as leader ended'));
    await site.check('F16: the zombie woke up');
    const foreign = await site.client.query('select 1 from freshet.delta where epoch = $1 and version > $2 and to_seq >= $3', [epoch, version, seq]);
    expect(foreign.rowCount).toBe(0);

    await leadAgain(epoch + 1);
    await site.check('F16: the zombie leads again');
  });

  /** Every other trainer goes, so that the former zombie's next term is seen to go on where the others were. */
  async function leadAgain(epoch: number): Promise<void> {
    await Promise.all(site.processes().filter((process) => process.role === 'trainer' && process !== leader).map((process) => process.kill()));
    await until('the former zombie leads', async () => (await site.state()).epoch > epoch);
    const seq = await shop.send(visits('after', 0, 10));
    await site.applied(seq);
    expect(await site.epochOf(seq)).toBe((await site.state()).epoch);
  }
});
