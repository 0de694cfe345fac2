import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openConnection, takeAnswer, type Target } from 'freshet/bench/load/connection';
import { runClosedLoop } from 'freshet/bench/load/closed-loop';
import { createLatencies } from 'freshet/bench/load/latencies';
import type { LoadOptions } from 'freshet/bench/load/load';
import { runOpenLoop } from 'freshet/bench/load/open-loop';
import { encodeGet, encodePost } from 'freshet/bench/load/request';

const servers: Server[] = [];

/** Answers with `text` and the length of what it got, after `delayMs(n)` for the n-th request. */
async function serve(delayMs: (n: number) => number = () => 0): Promise<{ target: Target; seen: () => number }> {
  let seen = 0;
  const server = createServer((request, response) => {
    const n = seen++;
    let size = 0;
    request.on('data', (chunk: Buffer) => (size += chunk.length));
    request.on('end', () => {
      setTimeout(() => {
        const body = JSON.stringify({ path: request.url, size });
        response.writeHead(request.url === '/broken' ? 500 : 200, { 'content-length': body.length }).end(body);
      }, delayMs(n));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return { target: { host: '127.0.0.1', port: (server.address() as AddressInfo).port }, seen: () => seen };
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

function options(target: Target, seconds: number): LoadOptions<number> {
  return { target, connections: 4, seconds, warmUpSeconds: 0, next: () => ({ bytes: encodeGet('/x'), tag: 7 }), signal: new AbortController().signal };
}

describe('a connection', () => {
  it('takes an answer that comes in pieces, and leaves what follows it', () => {
    const whole = Buffer.from('HTTP/1.1 202 Accepted\r\nX: y\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200');
    for (let length = 0; length < whole.indexOf('hello') + 5; length++) expect(takeAnswer(whole.subarray(0, length))).toBeUndefined();
    const taken = takeAnswer(whole);
    expect(taken).toMatchObject({ answer: { status: 202 }, length: whole.indexOf('HTTP/1.1 200') });
    expect(taken instanceof Error ? '' : taken?.answer.body.toString()).toBe('hello');
  });

  it('refuses an answer without a length', () => {
    expect(takeAnswer(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'))).toBeInstanceOf(Error);
  });

  it('sends body and length, and one request at a time', async () => {
    const { target } = await serve();
    const connection = openConnection(target);
    const first = connection.send(encodePost('/p', { text: 'mütze' }));
    await expect(connection.send(encodeGet('/q'))).rejects.toMatchObject({ code: 'connection_busy' });
    expect(JSON.parse((await first).body.toString())).toEqual({ path: '/p', size: Buffer.byteLength('{"text":"mütze"}') });
    expect((await connection.send(encodeGet('/q'))).status).toBe(200);
    connection.close();
  });

  it('rejects when the server goes away, and connects anew for the next request', async () => {
    const { target } = await serve();
    const connection = openConnection(target);
    await connection.send(encodeGet('/'));
    servers[0]?.closeAllConnections();
    let failures = 0;
    let status = 0;
    for (let attempt = 0; attempt < 3 && status !== 200; attempt++) {
      try {
        status = (await connection.send(encodeGet('/'))).status;
      } catch {
        failures++;
      }
    }
    expect(status).toBe(200);
    expect(failures).toBeLessThanOrEqual(1);
    connection.close();
  });
});

describe('a closed loop', () => {
  it('keeps every connection busy until the end, and passes each answer with its tag', async () => {
    const { target, seen } = await serve();
    const tags: number[] = [];
    const result = await runClosedLoop({ ...options(target, 0.3), onAnswer: ({ tag }) => tags.push(tag) });
    expect(result.errors).toBe(0);
    expect(result.requests).toBe(seen());
    expect(tags).toHaveLength(seen());
    expect(new Set(tags)).toEqual(new Set([7]));
  });

  it('counts answers of 400 and more as errors, not as latencies', async () => {
    const { target } = await serve();
    const result = await runClosedLoop({ ...options(target, 0.1), next: () => ({ bytes: encodeGet('/broken'), tag: 0 }) });
    expect(result.requests).toBe(0);
    expect(result.errors).toBeGreaterThan(0);
    expect(result.firstError).toMatch(/^500 /);
  });
});

describe('an open loop', () => {
  it('sends exactly rate × seconds requests', async () => {
    const { target, seen } = await serve();
    const result = await runOpenLoop({ ...options(target, 0.5), rate: 200 });
    expect(seen()).toBe(100);
    expect(result).toMatchObject({ requests: 100, errors: 0, seconds: 0.5 });
  });

  it('charges a stall to every request that was due meanwhile, not only to the one that hung', async () => {
    // One connection; the first request takes 300 ms: some 30 requests were due in that time.
    const { target } = await serve((n) => (n === 0 ? 300 : 0));
    const { latencies } = await runOpenLoop({ ...options(target, 0.5), connections: 1, rate: 100 });
    expect(latencies.count).toBe(50);
    expect(latencies.percentile(50)).toBeGreaterThan(40);
    expect(latencies.percentile(90)).toBeGreaterThan(200);
  });

  it('stops when it is told to', async () => {
    const { target } = await serve();
    const abort = new AbortController();
    const running = runOpenLoop({ ...options(target, 60), rate: 100, signal: abort.signal, onAnswer: () => abort.abort() });
    await expect(running).rejects.toThrow();
  });
});

describe('latencies', () => {
  it('gives percentiles to three digits, and 0 when there are none', () => {
    const latencies = createLatencies();
    expect(latencies.summary()).toEqual({ p50: 0, p90: 0, p95: 0, p99: 0, max: 0 });
    for (let ms = 1; ms <= 1_000; ms++) latencies.record(ms);
    expect(latencies.count).toBe(1_000);
    expect(latencies.percentile(50)).toBeCloseTo(500, -1);
    expect(latencies.percentile(99)).toBeCloseTo(990, -1);
    expect(latencies.percentile(100)).toBeCloseTo(1_000, -1);
  });
});
