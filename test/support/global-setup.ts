/**
 * One embedded Postgres for a test run, with a migrated template database. Several suites in one run share it: vitest loads
 * this file once for each, so the server is counted on `globalThis`.
 * It doesn't sync to the disk: tests of durability start a server of their own.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from 'freshet/embedded/postgres';
import { migrate } from '@freshet/shared/adapters/postgres/migrate';
import type { TestProject } from 'vitest/node';
import { administer, withDatabase } from './postgres.js';

const TEMPLATE = 'freshet_template';
const MAX_CONNECTIONS = 200;

interface Shared {
  readonly url: string;
  stop(): Promise<void>;
}

const holder = globalThis as typeof globalThis & { freshetTestServer?: { users: number; readonly server: Promise<Shared> } };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const held = (holder.freshetTestServer ??= { users: 0, server: start() });
  held.users++;
  const { url } = await held.server;
  project.provide('postgresUrl', url);
  project.provide('postgresTemplate', TEMPLATE);
  return async () => {
    held.users--;
    if (held.users > 0) return;
    delete holder.freshetTestServer;
    await (await held.server).stop();
  };
}

async function start(): Promise<Shared> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'freshet-test-'));
  // As root the server runs as another user, who has to enter it.
  await chmod(dataDir, 0o755);
  const lines: string[] = [];
  const server = await startEmbeddedPostgres({ dataDir, durable: false, maxConnections: MAX_CONNECTIONS, log: (line) => lines.push(line) });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await administer(server.url, `create database ${TEMPLATE} template template0`);
    await migrate(withDatabase(server.url, TEMPLATE));
    return { url: server.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
