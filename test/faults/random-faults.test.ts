/**
 * Fault F31, the short form: a minute of kills (SIGKILL) of any process and of a Redis that is emptied, drawn from a seed,
 * under steady traffic whose client repeats what was not acknowledged. To repeat a run: FRESHET_FAULT_SEED=… npx vitest …
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { randomBelow } from '@freshet/shared/domain/random';
import { afterAll, describe, expect, it } from 'vitest';
import { type FaultSite, openFaultSite, redisCommand } from '../support/fault-site.js';
import type { FreshetProcess, Role } from '../support/freshet-process.js';
import { redisInstalled } from '../support/redis.js';
import { startLoad } from '../support/shoppers-load.js';
import { documents } from '../support/small-shop.js';
import { until } from '../support/until.js';

const SECONDS = 60;
const SEED = Number(process.env['FRESHET_FAULT_SEED'] ?? Date.now() % 1_000_000);

interface Place {
  readonly role: Role;
  process: FreshetProcess;
}

describe(`random faults with seed ${SEED}`, () => {
  let site: FaultSite;
  afterAll(() => site?.close());

  it(`for ${SECONDS} s: every acknowledged event is learned once`, async () => {
    console.info(`random faults: FRESHET_FAULT_SEED=${SEED}`);
    site = await openFaultSite(redisInstalled() ? 'redis' : 'postgres', ['--appendonly', 'no']);
    const roles: readonly Role[] = ['ingest', 'trainer', 'trainer', 'serving'];
    const places: Place[] = await Promise.all(roles.map(async (role) => ({ role, process: await site.start(role) })));
    const at = (role: Role): FreshetProcess => places.find((place) => place.role === role)?.process as FreshetProcess;
    await (await site.shop(at('ingest'))).describe(documents());

    const load = startLoad({ run: `seed-${SEED}`, url: () => at('ingest').url, acknowledged: site.acknowledged, lanes: 6 });
    const readers = startReader(() => at('serving').url);
    const faults = await strike(site, places);
    await Promise.all(places.map(({ process }) => process.ready));
    await load.stop();
    const answers = await readers.stop();

    await site.check(`F31: ${SECONDS} s of random faults, seed ${SEED}`);
    const { applied } = await site.state();
    const serving = await site.shop(at('serving'));
    await until('serving has followed to the end', async () => (await serving.latest()).learned_until >= applied);
    console.info('random faults:', JSON.stringify({ ...faults, ...load.counts, answers }));
    expect(faults.kills).toBeGreaterThan(10);
    expect(answers).toBeGreaterThan(0);
  });
});

/** The schedule depends on the seed alone: what, and how long until the next. */
async function strike(site: FaultSite, places: Place[]): Promise<{ kills: number; flushes: number }> {
  const end = performance.now() + SECONDS * 1_000;
  const counts = { kills: 0, flushes: 0 };
  for (let n = 0; performance.now() < end; n++) {
    await sleep(200 + randomBelow(1_800, SEED, n, 1));
    const choice = randomBelow(places.length + 1, SEED, n, 2);
    const place = places[choice];
    if (place !== undefined) {
      await place.process.kill();
      place.process = site.launch(place.role);
      counts.kills++;
    } else if (site.addresses.queueUrl !== undefined) {
      await redisCommand(site.addresses.queueUrl, 'FLUSHALL');
      counts.flushes++;
    }
  }
  return counts;
}

/** Asks for lists all the while. An answer that is given is whole: never an error other than 503, never empty. */
function startReader(url: () => Promise<string>): { stop(): Promise<number> } {
  const stopping = new AbortController();
  const read = async (): Promise<number> => {
    let answers = 0;
    for (let n = 0; !stopping.signal.aborted; n++) {
      const response = await url().then((base) => fetch(`${base}/v1/users/shopper-${n % 40}/recommendations`)).catch(() => undefined);
      const body = await response?.json().catch(() => undefined) as { items?: readonly unknown[] } | undefined;
      await sleep(50);
      // The process died before or while it answered, or it is still loading.
      if (response === undefined || body === undefined || response.status === 503) continue;
      expect(response.status).toBe(200);
      expect(body.items?.length).toBeGreaterThan(0);
      answers++;
    }
    return answers;
  };
  const running = read();
  running.catch(() => undefined);
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}
