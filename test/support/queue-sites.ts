/** Places where a queue can live, and the ways to hurt them: Postgres behind a proxy, and a real Redis where there is one. */
import { afterAll, beforeAll } from 'vitest';
import { createDatabase, type TestDatabase } from './postgres.js';
import { redisInstalled, startRedis, type TestRedis } from './redis.js';
import { postgresTarget, startTcpProxy, type TcpProxy } from './tcp-proxy.js';

export interface QueueSite {
  readonly url: string;
  /** Refuses connections and has dropped those it had. */
  takeAway(): Promise<void>;
  /** Accepts, and says nothing. */
  silence(): void;
  /** Undoes both. */
  bringBack(): Promise<void>;
  close(): Promise<void>;
}

/** The servers there are on this machine. */
export function queueServers(): readonly ('Redis' | 'Postgres')[] {
  return redisInstalled() ? ['Redis', 'Postgres'] : ['Postgres'];
}

/** One of each for the whole test file. */
export function openQueueSites(servers: readonly ('Redis' | 'Postgres')[]): (name: string) => QueueSite {
  const sites = new Map<string, QueueSite>();
  beforeAll(async () => {
    for (const name of servers) sites.set(name, name === 'Redis' ? await redisSite() : await postgresSite());
  });
  afterAll(() => Promise.all([...sites.values()].map((site) => site.close())));
  return (name) => {
    const found = sites.get(name);
    if (found === undefined) throw new Error(`no site ${name}`);
    return found;
  };
}

async function postgresSite(): Promise<QueueSite> {
  const database: TestDatabase = await createDatabase();
  const { target, through } = postgresTarget(database.url);
  const proxy: TcpProxy = await startTcpProxy(target);
  return {
    url: through(proxy.port),
    takeAway: () => Promise.resolve(proxy.cut()),
    silence: () => proxy.freeze(),
    bringBack: () => Promise.resolve(proxy.restore()),
    async close() {
      await proxy.close();
      await database.drop();
    },
  };
}

async function redisSite(): Promise<QueueSite> {
  const redis: TestRedis = await startRedis();
  let away = false;
  return {
    url: redis.url,
    async takeAway() {
      await redis.kill();
      away = true;
    },
    silence: () => redis.pause(),
    async bringBack() {
      redis.resume();
      if (away) await redis.restart();
      away = false;
    },
    close: () => redis.stop(),
  };
}
