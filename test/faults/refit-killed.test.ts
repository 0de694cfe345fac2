/**
 * The trainer dies (SIGKILL) while a refit runs, before, inside and after the promotion of its candidate. Either the old lineage
 * leads or the new one does; each entry is applied exactly once in whichever it is.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Shop } from '../support/api-client.js';
import { type FaultSite, openFaultSite, type Proxied } from '../support/fault-site.js';
import type { FreshetProcess } from '../support/freshet-process.js';
import { visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const LIMIT_MS = 60_000;
/** The statement that a promotion's transaction has and no other; a simple query “commit”. */
const INSIDE = ['insert into freshet.promotion'];
const COMMIT = ['\u0000\u0000\u0000\u000bcommit\u0000'];

describe('the trainer is killed around a promotion', () => {
  let site: FaultSite;
  let proxied: Proxied;
  let shop: Shop;
  let trainer: FreshetProcess;
  let run = 0;

  beforeAll(async () => {
    site = await openFaultSite('postgres');
    proxied = await site.proxied();
    const [ingest] = await Promise.all([site.start('ingest'), startVictim()]);
    shop = await site.shop(ingest);
    const seq = await shop.send(visits('past', 0, 600));
    await site.applied(seq);
  });
  afterEach(async () => {
    await trainer?.kill();
    await startVictim();
  });
  afterAll(() => site?.close());

  async function leadNext(start: () => Promise<FreshetProcess>): Promise<FreshetProcess> {
    const { epoch } = await site.state();
    const process = await start();
    await until('the next trainer leads', async () => (await site.state()).epoch > epoch, LIMIT_MS);
    return process;
  }

  async function startVictim(): Promise<void> {
    trainer = await leadNext(() => site.start('trainer', proxied.addresses));
  }

  async function ask(): Promise<number> {
    const asked = await site.client.query<{ id: number }>(`insert into freshet.refit (state, reason, options) values ('asked', 'test', '{"epochs": 2, "gate": 0}') returning id`);
    return asked.rows[0]?.id ?? 0;
  }

  async function stateOf(id: number): Promise<{ state: string; version: number | null }> {
    const found = await site.client.query<{ state: string; version: number | null }>('select state, version from freshet.refit where id = $1', [id]);
    return found.rows[0] ?? { state: 'gone', version: null };
  }

  /** The refit ends promoted, once; what comes in afterwards is learned; the ledger is sound. */
  async function expectPromotedOnce(id: number, scenario: string): Promise<number> {
    const version = await until('it is promoted', async () => {
      const { state, version: as } = await stateOf(id);
      return state === 'promoted' && as !== null && as;
    }, LIMIT_MS);
    const seq = await shop.send(visits(`after-${++run}`, 0, 20));
    await site.applied(seq);
    const promotions = await site.client.query('select version from freshet.promotion where version >= $1', [version]);
    expect(promotions.rowCount).toBe(1);
    expect((await site.state()).version).toBeGreaterThan(version);
    await site.check(scenario);
    return version;
  }

  it('while the refit runs: the next one begins it anew', async () => {
    const id = await ask();
    await until('it runs', async () => (await stateOf(id)).state !== 'asked');
    await trainer.kill();
    trainer = await leadNext(() => site.start('trainer'));
    await expectPromotedOnce(id, 'killed while a refit runs');
  }, 2 * LIMIT_MS);

  it('inside the promotion’s transaction: nothing of it counts, the next one promotes the same candidate', async () => {
    const promoting = proxied.database.hold({ contains: INSIDE, at: 'request' });
    const id = await ask();
    const held = await promoting;
    const { version } = await site.state();
    await trainer.kill();
    held.drop();
    expect(await stateOf(id)).toMatchObject({ state: 'ready' });
    trainer = await leadNext(() => site.start('trainer'));
    expect(await expectPromotedOnce(id, 'killed inside the promotion')).toBeGreaterThan(version);
  }, 2 * LIMIT_MS);

  it('with the commit on its way when it dies: it counts or it doesn’t, never twice', async () => {
    const committing = proxied.database.hold({ contains: COMMIT, at: 'request' });
    const id = await ask();
    const held = await committing;
    await trainer.kill();
    const next = leadNext(() => site.start('trainer'));
    held.release();
    trainer = await next;
    await expectPromotedOnce(id, 'the promotion’s commit arrives after the trainer’s death');
  }, 2 * LIMIT_MS);

  it('after the commit, before it hears of it: the next one goes on in the new lineage', async () => {
    const committing = proxied.database.hold({ contains: COMMIT, at: 'answered' });
    const id = await ask();
    const held = await committing;
    await trainer.kill();
    held.drop();
    const { state, version } = await stateOf(id);
    expect(state).toBe('promoted');
    trainer = await leadNext(() => site.start('trainer'));
    expect(await expectPromotedOnce(id, 'killed after the promotion')).toBe(Number(version));
  }, 2 * LIMIT_MS);

  it('with a candidate that has vanished: the refit fails with its reason, the old lineage goes on', async () => {
    const promoting = proxied.database.hold({ contains: INSIDE, at: 'request' });
    const id = await ask();
    const held = await promoting;
    await trainer.kill();
    held.drop();
    await site.client.query('delete from freshet.snapshot_chunk where version_end is null');
    const { version } = await site.state();
    trainer = await leadNext(() => site.start('trainer'));
    await until('it has failed', async () => (await stateOf(id)).state === 'failed', LIMIT_MS);
    const seq = await shop.send(visits(`vanished`, 0, 20));
    await site.applied(seq);
    expect((await site.state()).version).toBeGreaterThan(version);
    await site.check('a candidate has vanished');
  }, 2 * LIMIT_MS);
});
