/** `freshet serving --workers 2`: two processes behind one port, on a real Postgres; one is killed, and all are told to stop. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openShop } from '../support/api-client.js';
import { freePort } from '../support/free-port.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { runCommand } from '../support/run-command.js';
import { documents } from '../support/small-shop.js';
import { until } from '../support/until.js';

const MODEL = ['--max-items', '4096'];
let database: TestDatabase;
let env: Record<string, string>;
let whole: FreshetCommand;
let serving: FreshetCommand;

beforeAll(async () => {
  database = await createDatabase({ migrated: false });
  env = { DATABASE_URL: database.url };
});
afterAll(async () => {
  await endAll();
  await database.drop();
});

/** A connection of its own for each request: the next worker takes it. */
async function ask(path: string): Promise<Response> {
  return fetch(serving.url + path, { headers: { connection: 'close' }, signal: AbortSignal.timeout(3_000) });
}

/** Process ids by worker, of the metrics of all. */
async function startTimes(): Promise<Map<string, string>> {
  const text = await (await ask('/metrics')).text();
  return new Map([...text.matchAll(/^process_start_time_seconds\{worker="(\d+)"\} (\S+)$/gm)].map(([, worker = '', at = '']) => [worker, at]));
}

async function answeredBy(): Promise<Map<string, number>> {
  const text = await (await ask('/metrics')).text();
  const counts = new Map<string, number>();
  for (const [, labels = '', count = ''] of text.matchAll(/^freshet_fallback_responses_total\{([^}]*)\} (\d+)$/gm)) {
    const worker = /worker="(\d+)"/.exec(labels)?.[1] ?? '';
    counts.set(worker, (counts.get(worker) ?? 0) + Number(count));
  }
  return counts;
}

/** As a load balancer does, and more often: a connection every few milliseconds, each for one request, whether or not somebody listens. */
function keepAsking(port: number): { answers(): number; stop(): void } {
  let answers = 0;
  const asking = setInterval(() => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write('GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n'));
    socket.on('data', () => answers++).on('error', () => undefined).setTimeout(1_000, () => socket.destroy());
  }, 2);
  return { answers: () => answers, stop: () => clearInterval(asking) };
}

describe('workers', () => {
  test('each of them answers at the one port, and one scrape has the metrics of all', async () => {
    whole = await startFreshet({ command: 'start', env, args: ['--demo', 'off', ...MODEL] });
    await whole.ready();
    serving = await startFreshet({ command: 'serving', env, args: ['--workers', '2', ...MODEL] });
    // `/readyz` speaks for the one worker it came to.
    await until('all workers are ready', () => serving.stdout().includes('ready; stop'));
    const shop = openShop(whole.url, new Set());
    const sequence = await shop.describe(documents());
    const lists = await Promise.all(Array.from({ length: 40 }, async () => (await ask(`/v1/users/ada/recommendations?limit=5&after_sequence=${sequence}&wait_for=history`)).status));
    expect(new Set(lists)).toEqual(new Set([200]));
    const counts = await answeredBy();
    expect([...counts.keys()].sort()).toEqual(['1', '2']);
    expect([...counts.values()].reduce((sum, count) => sum + count)).toBe(40);
    for (const count of counts.values()) expect(count).toBeGreaterThan(0);
  });

  test('all start while somebody asks from the first moment on whether they are there', async () => {
    const port = await freePort();
    const asking = keepAsking(port);
    try {
      const early = await startFreshet({ command: 'serving', env, args: ['--workers', '3', '--port', String(port), ...MODEL] });
      await until('all workers are ready', () => early.stdout().includes('ready; stop'));
      expect(asking.answers()).toBeGreaterThan(0);
      expect(await early.stop()).toMatchObject({ code: 0 });
    } finally {
      asking.stop();
    }
  });

  test('a worker that is killed is replaced while the other answers, and its successor takes nothing before it can answer', async () => {
    const before = await startTimes();
    expect(before.size).toBe(2);
    const [victim = 0, ...others] = serving.descendants();
    expect(others).toHaveLength(1);
    process.kill(victim, 'SIGKILL');
    const statuses: number[] = [];
    let broken = 0;
    await until('another worker is there', async () => {
      // What was on its way to the dead one breaks, or is never answered; every answer that comes is a whole one.
      // One that hangs must not keep the others from being asked for.
      await Promise.race([ask('/v1/trending').then(({ status }) => statuses.push(status), () => broken++), sleep(250)]);
      await sleep(5);
      const now = await startTimes().catch(() => new Map<string, string>());
      return now.size === 2 && [...now].some(([worker, at]) => before.get(worker) !== at);
    });
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(broken).toBeLessThan(5);
    expect([...(await startTimes())].filter(([worker, at]) => before.get(worker) !== at)).toHaveLength(1);
  });

  test('told to stop they drain, and the command ends well', async () => {
    expect(await serving.stop()).toMatchObject({ code: 0, signal: null });
    expect(serving.stdout()).toContain('stopped: everything accepted is stored');
    await expect(ask('/v1/trending')).rejects.toThrow();
  });

  test('what keeps one from starting ends the command with that reason', async () => {
    const taken = new URL(whole.url).port;
    const { code, stdout } = await runCommand(['serving', '--workers', '2', '--port', taken, '--json', ...MODEL], env);
    expect([code, JSON.parse(stdout)]).toMatchObject([2, { error: { code: 'port_in_use' } }]);
  });
});
