/**
 * infra/compose's topology as processes, watched by a real Prometheus with infra/prometheus' own files: every query of the
 * dashboards and of the alerts is answered under traffic, and a stopped trainer is noticed.
 *
 * "No data" is told from "not firing": of an alert each operand is asked, with comparisons that answer 0 or 1 instead of
 * filtering (support/promql). What asks for trouble that a sound system hasn't (code="503") must be answered once there
 * is some, and its like for any code before.
 * Left out: containers, networks and mounts (no Docker engine here); the disk gauges, which only an embedded Postgres
 * has (test/pipeline/infra-image).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/api-client.js';
import { alertRules, dashboards, withWindow } from '../support/dashboard.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { prometheusInstalled, startPrometheus, type TestPrometheus } from '../support/prometheus.js';
import { operandsOf, selectorsOf } from '../support/promql.js';
import { redisInstalled, startRedis, type TestRedis } from '../support/redis.js';
import { type Load, startLoad } from '../support/shoppers-load.js';
import { documents } from '../support/small-shop.js';
import { until } from '../support/until.js';

const composeFolder = fileURLToPath(new URL('../../infra/compose/', import.meta.url));
const MAIN = createRequire(import.meta.url).resolve('freshet/main');
const SERVICES = ['ingest', 'trainer', 'serving'] as const;
type Service = (typeof SERVICES)[number];
const MODEL = ['--max-items', '4096'];
const FLAGS: Readonly<Record<Service, readonly string[]>> = { ingest: ['--unapplied-items', '2000'], trainer: MODEL, serving: MODEL };

/** As Grafana would choose it at this scrape interval, and then some: four scrapes of one second. */
const WINDOW = '10s';
/** `[1m]` must be full of scrapes. */
const MINUTE_OF_SCRAPES = 55;
const UNSEEN_DISK = 'freshet_disk_';
/** Two rounds of probes, a minute apart, and shoppers who did nothing between them: unit/serving/probes has them. */
const PROBED = ['freshet_list_overlap_ratio', 'freshet_score_drift'] as const;
const UNSEEN = [UNSEEN_DISK, ...PROBED] as const;

interface Query {
  readonly where: string;
  readonly expr: string;
}

const panels: readonly Query[] = dashboards().flatMap(([, { title, panels: all }]) =>
  all.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => ({ where: `${title} / ${panel.title}`, expr: withWindow(expr, WINDOW) }))),
);
const operands: readonly Query[] = alertRules().flatMap(({ alert, expr }) => operandsOf(expr).map((operand) => ({ where: alert, expr: operand })));
const queries = [...panels, ...operands].filter(({ expr }) => !UNSEEN.some((name) => expr.includes(name)));

describe.skipIf(!redisInstalled() || !prometheusInstalled())('monitoring', () => {
  let secrets: string;
  let redis: TestRedis;
  let database: TestDatabase;
  let prometheus: TestPrometheus;
  let load: Load;
  let env: Readonly<Record<string, string>>;
  const services = new Map<Service, FreshetCommand>();
  const shops = new Map<Service, Shop>();
  const at = (service: Service): Shop => shops.get(service) ?? openShop('http://127.0.0.1:9');

  beforeAll(async () => {
    secrets = mkdtempSync(join(tmpdir(), 'freshet-monitoring-'));
    expect(spawnSync('sh', [join(composeFolder, 'make-secrets.sh'), secrets]).status).toBe(0);
    env = { DATABASE_URL_FILE: join(secrets, 'database_url'), QUEUE_URL_FILE: join(secrets, 'queue_url') };
    redis = await startRedis(['--include', redisConfig(secrets)]);
    rewrite(join(secrets, 'queue_url'), (url) => url.replace('redis:6379', new URL(redis.url).host));
    database = await createDatabase({ migrated: false });
    rewrite(join(secrets, 'database_url'), () => database.url);
    const migrated = spawnSync(process.execPath, [MAIN, 'migrate'], { env: { ...process.env, ...env }, encoding: 'utf8' });
    expect(migrated.status === 0 ? '' : migrated.stderr).toBe('');
    for (const service of SERVICES) {
      services.set(service, await startFreshet({ command: service, env, args: FLAGS[service] }));
      shops.set(service, openShop(services.get(service)?.url ?? ''));
    }
    const targets = Object.fromEntries(SERVICES.map((service) => [service, new URL(at(service).url).host]));
    prometheus = await startPrometheus({ targets, everySeconds: 1 });
    await Promise.all([...services.values()].map((service) => service.ready()));
    await at('ingest').describe(documents());
    load = startLoad({ run: 'watched', url: () => Promise.resolve(at('ingest').url), acknowledged: new Set(), eventsPerRequest: 5 });
  });
  afterAll(async () => {
    await endAll();
    await prometheus.stop();
    await database.drop();
    await redis.stop();
    rmSync(secrets, { recursive: true });
  });

  test.each(SERVICES)('promtool has nothing against the metrics of %s', async (service) => {
    const scrape = await (await fetch(`${at(service).url}/metrics`)).text();
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: scrape, encoding: 'utf8' });
    expect(stdout + stderr).toBe('');
    expect(status).toBe(0);
    expect(scrape).toContain('freshet_build_info{');
  });

  test('under a minute of traffic every query of dashboards and alerts is answered', async () => {
    await until('a minute of scrapes', async () => {
      await shopAround(at('serving'), at('ingest'));
      const full = await prometheus.query(`min(count_over_time(up{job=~"${SERVICES.join('|')}"}[1m])) >= ${MINUTE_OF_SCRAPES}`);
      return full.length > 0;
    }, 100_000);
    const unanswered = await withoutAnswer(prometheus, queries);
    // A sound system has no server errors: the same questions about any code are answered.
    expect(unanswered.filter(({ expr }) => !asksForTrouble(expr))).toEqual([]);
    expect(await withoutAnswer(prometheus, unanswered.map(({ where, expr }) => ({ where, expr: ofAnyCode(expr) })))).toEqual([]);
    console.info(`${queries.length - unanswered.length} of ${queries.length} queries answered, ${unanswered.length} of them ask for server errors; ${load.counts.requests} requests of 5 events`);
  });

  test('no rule fails to be evaluated', async () => {
    const answer = (await (await fetch(`${prometheus.url}/api/v1/rules`)).json()) as { data: { groups: readonly { rules: readonly { name: string; health: string }[] }[] } };
    const rules = answer.data.groups.flatMap((group) => group.rules);
    expect(rules.map(({ name }) => name).sort()).toEqual(alertRules().map(({ alert }) => alert).sort());
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  test('when the trainer is stopped the lag alert pends, although no lag is measured any more', async () => {
    await until('nothing waits', async () => !(await entriesWait(prometheus)));
    const exit = await services.get('trainer')?.stop();
    const stopped = performance.now();
    await until('entries wait', () => entriesWait(prometheus));
    const pending = await until('the alert pends', async () => (await prometheus.alerts()).find(({ name }) => name === 'FreshetUpdateLagHigh'));
    expect(pending.state).toBe('pending');
    console.info(`the lag alert pends ${Math.round((performance.now() - stopped) / 1_000)} s after the trainer has ended`);
    // By its end the histogram has nothing to say; the age of what is served goes on.
    await until('the other alerts of a stopped trainer pend', async () => {
      const names = (await prometheus.alerts()).map(({ name }) => name);
      return ['FreshetDown', 'FreshetTrainerMissing', 'FreshetModelStale'].every((name) => names.includes(name));
    });
    expect(exit?.code).toBe(0);
  });

  test('and once ingest holds producers back, what asks for refusals is answered too', async () => {
    const refusals = queries.filter(({ expr }) => asksForTrouble(expr) && !expr.includes('code!="503"'));
    expect(refusals.length).toBeGreaterThan(1);
    await until('refusals are counted', async () => {
      await shopAround(at('serving'), at('ingest'));
      return (await withoutAnswer(prometheus, refusals)).length === 0;
    });
    // Reads go on.
    expect((await at('serving').recommend('shopper-1', { limit: 5 })).items).toHaveLength(5);
  });

  test('a trainer that comes back learns all that has waited', async () => {
    await startFreshet({ command: 'trainer', env, args: FLAGS.trainer });
    await until('nothing waits any more', async () => !(await entriesWait(prometheus)));
    // Ends once every event it has sent is acknowledged, those that were refused too.
    await load.stop();
    expect(load.counts.retries).toBeGreaterThan(0);
  });
});

/** The part of the alert that doesn't need a lag to be measured: an accepted entry has waited for more than 5 s. */
async function entriesWait(prometheus: TestPrometheus): Promise<boolean> {
  const [, waiting = ''] = operandsOf(alertRules().find(({ alert }) => alert === 'FreshetUpdateLagHigh')?.expr ?? '');
  const [answer] = await prometheus.query(waiting);
  if (answer === undefined) throw new Error(`no answer to ${waiting}`);
  return answer.value === 1;
}

/** The committed file, with this machine's folder and secret. */
function redisConfig(secrets: string): string {
  const text = readFileSync(join(composeFolder, 'redis.conf'), 'utf8');
  const file = join(secrets, 'redis.conf');
  writeFileSync(file, text.replace('/run/secrets/', `${secrets}/`).replace(/^dir .*$/m, ''));
  return file;
}

function rewrite(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

/** One of each request that the dashboard draws, and an event that is rejected. */
async function shopAround(serving: Shop, ingest: Shop): Promise<void> {
  await serving.recommend('shopper-1', { limit: 10 });
  await serving.post('/v1/recommendations', { user_id: 'shopper-2' });
  await serving.get('/v1/trending?window=1h');
  await serving.get('/v1/items/mugs-1/similar');
  await serving.post('/v1/search', { q: 'xylophone' });
  await comesOfLists(serving, ingest);
  await ingest.post('/v1/events', [{ type: 'view', user_id: 'shopper-1' }]);
}

/** What is bought, and what comes back, from lists of contexts of their own: sums of one context go up or down. */
async function comesOfLists(serving: Shop, ingest: Shop): Promise<void> {
  for (const [context, quantity] of [['cart', 1], ['email', -1]] as const) {
    const { body } = await serving.post('/v1/recommendations', { user_id: 'shopper-3', context, limit: 3 });
    const { recommendation_id, items } = body as { recommendation_id: string; items: readonly { id: string }[] };
    const of = { user_id: 'shopper-3', item_id: items[0]?.id ?? '', recommendation_id };
    await ingest.post('/v1/events', [{ type: 'click', ...of }, { type: 'cart', ...of }, { type: 'purchase', price: 5, quantity, ...of }]);
  }
}

function asksForTrouble(expr: string): boolean {
  return selectorsOf(expr).some(({ matchers }) => matchers.some(({ label, value }) => label === 'code' && /^50?[.3]/.test(value)));
}

function ofAnyCode(expr: string): string {
  return expr.replaceAll(/,?code(?:=~|=|!=)"[^"]*"/g, '').replaceAll('{,', '{');
}

/** Those without a series, or with nothing but NaN in it. */
async function withoutAnswer(prometheus: TestPrometheus, asked: readonly Query[]): Promise<readonly Query[]> {
  const answers = await Promise.all(asked.map(async ({ expr }) => (await prometheus.query(expr)).some(({ value }) => !Number.isNaN(value))));
  return asked.filter((_, place) => answers[place] !== true);
}
