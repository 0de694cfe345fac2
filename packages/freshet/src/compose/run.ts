/**
 * Freshet as a process: any of its three services on one HTTP server, one pool and one queue.
 *
 * In: settings and which services. Out: a service with the address it listens on.
 * 1. No service knows whether it is alone; all in one is all three of them here.
 * 2. Everything acquired is released last in, first out: demo, HTTP, services, queue, pool, embedded Postgres.
 */
import { hostname } from 'node:os';
import { startIngest } from '@freshet/ingest/service';
import { startServing } from '@freshet/serving/service';
import { postgresTraceStore } from '@freshet/shared/adapters/postgres/trace-store';
import { UsageError } from '@freshet/shared/errors';
import { assertCanListen } from '@freshet/shared/http/listening';
import { createHttpServer, type HttpServer } from '@freshet/shared/http/server';
import { deferred, type Owner, type Service, startService } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import { createMetrics, type Metrics } from '@freshet/shared/metrics';
import { startTrainer } from '@freshet/trainer/service';
import type { Settings } from '../cli/settings.js';
import { refitProcesses } from '../refit/runner.js';
import { type Database, openDatabase } from './database.js';
import { type DemoPlan, demoState, planDemoShop, registerDemo } from './demo-shop.js';
import { registerPage } from './page.js';
import { ingestConfig, servingOptions, trainerOptions } from './role-options.js';
import { type Role, ROLES } from './roles.js';
import type { Seat } from '../workers/seat.js';
import { runStorageMetrics } from './storage-metrics.js';
import { openStores, type Stores } from './stores.js';

export interface RunOptions {
  readonly settings: Settings;
  readonly roles: readonly Role[];
  readonly version: string;
  readonly log: Logger;
  /** Of a process that shares its port with others. */
  readonly seat?: Seat | undefined;
}

export interface Running extends Service {
  /** Where it listens; resolves once it accepts requests. */
  readonly url: Promise<string>;
}

/** Connections to Postgres of each service: writers, leader and cutter sessions, COPY readers. */
const CONNECTIONS: Readonly<Record<Role, number>> = { ingest: 8, trainer: 6, serving: 10 };

export function runFreshet(options: RunOptions): Running {
  const url = deferred<string>();
  const service = startService(async (context) => {
    const { owner } = context;
    checkRoles(options);
    // Before a database is made or migrated for a process that could not be reached. For workers the primary has looked.
    if (options.seat === undefined) await assertCanListen(options.settings);
    const metrics = metricsOf(options);
    const database = await openDatabase(options.settings, { ...context, log: options.log });
    void database.ended.then((error) => error !== undefined && context.fail(error));
    const stores = await openStores(
      {
        databaseUrl: database.url,
        queueUrl: options.settings.queueUrl,
        name: `freshet ${options.roles.join(' ')}`,
        alone: database.embedded,
        maxConnections: options.roles.reduce((sum, role) => sum + CONNECTIONS[role], 2),
      },
      { owner, log: options.log, metrics },
    );
    const demo = await demoPlan(options, stores);
    const { host, port, allowedHosts, allowedOrigins } = options.settings;
    const http = createHttpServer({ host, port, allowedHosts, allowedOrigins, metrics, log: options.log, name: 'freshet', version: options.version });
    const fillDemo = demo.runs ? planDemoShop(demo, http.health) : undefined;
    if (options.roles.includes('serving')) {
      registerPage(http);
      registerDemo(http, demo);
    }
    const services = options.roles.map((role) => startRole(role, { options, stores, databaseUrl: database.url, http, owner, stopping: context.signal }));
    for (const one of services) one.done.catch((error: unknown) => context.fail(error instanceof Error ? error : new Error(String(error))));
    // Who keeps the log's house shows how much there is of it.
    if (options.roles.includes('ingest')) owner.defer('storage metrics', startStorageMetrics({ options, stores, database, signal: context.signal }));
    // Pushed after the services, so it closes before them: no request finds a stopped service.
    owner.defer('http', () => http.close());
    const ready = Promise.all(services.map((one) => one.ready));
    // Others answer at this port already: whoever comes in a dead one's place is to take no request before it can answer.
    if (options.seat?.replaces === true) await ready;
    const address = await http.listen();
    url.resolve(address);
    await ready;
    await fillDemo?.({ url: address, owner, log: options.log });
  });
  service.ready.catch(url.reject);
  return { ...service, url: url.promise };
}

function metricsOf({ version, seat }: RunOptions): Metrics {
  return seat === undefined ? createMetrics({ version }) : seat.share(createMetrics({ version, worker: seat.number }));
}

function checkRoles({ settings, roles }: RunOptions): void {
  if (roles.length < ROLES.length && settings.databaseUrl === undefined) {
    throw new UsageError('database_url', `freshet ${roles.join(' ')} runs beside others and needs DATABASE_URL (or --database-url), the server they share`);
  }
}

/** The demo's shoppers come to an all-in-one process only: they need both ends of it. */
async function demoPlan({ settings, roles }: RunOptions, stores: Stores): Promise<DemoPlan> {
  const { demo, demoRate: rate, seed } = settings;
  const state = roles.includes('serving') ? await demoState(stores.entries, seed) : 'own-data';
  return { state, runs: demo === 'on' && roles.length === ROLES.length && state !== 'own-data', rate, seed };
}

function startStorageMetrics(parts: { options: RunOptions; stores: Stores; database: Database; signal: AbortSignal }): () => Promise<void> {
  const { options, stores, database, signal } = parts;
  const { logLimits } = ingestConfig(options.settings);
  const done = runStorageMetrics({ logMaxBytes: logLimits.maxBytes, dataDir: database.pgData }, { ...stores, signal });
  return () => done;
}

interface RoleParts {
  readonly options: RunOptions;
  readonly stores: Stores;
  readonly databaseUrl: string;
  readonly http: HttpServer;
  readonly owner: Owner;
  readonly stopping: AbortSignal;
}

function startRole(role: Role, { options, stores, databaseUrl, http, owner, stopping }: RoleParts): Service {
  const { settings } = options;
  const log = options.log.child({ service: role });
  const start = (): Service => {
    switch (role) {
      case 'ingest':
        return startIngest(ingestConfig(settings), { ...stores, events: stores.openEvents(), entryLog: stores.entries, log, http });
      case 'trainer':
        return startTrainer(trainerOptions(settings), { ...stores, searchWeights: settings.searchWeights === 'fixed' ? undefined : stores.searchWeights, maintenance: stores.openMaintenance(), refitRunner: refitProcesses({ databaseUrl, settings: trainerOptions(settings), log }), log });
      case 'serving':
        return startServing({ ...servingOptions(settings), replica: `${hostname()}/${process.pid}` }, { ...stores, traces: postgresTraceStore(stores.pool), log, http, stopping });
    }
  };
  return owner.own(role, start(), (it) => it.stop());
}
