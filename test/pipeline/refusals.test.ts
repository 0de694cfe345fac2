/** Starts that can't succeed: one sentence, the documented exit code, and nothing left running. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { beginCommand } from '../support/run-command.js';
import { until } from '../support/until.js';

const folder = mkdtempSync(join(tmpdir(), 'freshet-refusals-'));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly output: () => string;
  readonly stop: (signal: NodeJS.Signals) => void;
  readonly code: Promise<number | null>;
}

function freshet(...args: string[]): Run {
  const { child, finished, stdout, stderr } = beginCommand(args);
  return { output: () => stdout() + stderr(), stop: (signal) => void child.kill(signal), code: finished.then(({ code }) => code) };
}

test('a setting that can’t be used ends with 2 before anything is made', async () => {
  const run = freshet('start', '--dim', '65', '--data-dir', join(folder, 'never'));
  expect(await run.code).toBe(2);
  expect(run.output()).toMatch(/--dim must be a multiple of 16/);
});

test('another dimension than the stored model’s ends with 2 and says which', async () => {
  const common = ['start', '--demo', 'off', '--port', '0', '--data-dir', join(folder, 'data')];
  const first = freshet(...common, '--dim', '16');
  await until('the first start is ready', () => first.output().includes('ready; stop'));
  // A heartbeat is learned each second, so there is a first version soon.
  await until('there is a model version', async () => {
    const url = /listens on (\S+)/.exec(first.output())?.[1] ?? '';
    const model = (await (await fetch(`${url}/v1/models/latest`)).json()) as { version?: number };
    return (model.version ?? 0) > 0;
  });
  first.stop('SIGINT');
  expect(await first.code).toBe(0);
  const second = freshet(...common, '--dim', '32');
  expect(await second.code).toBe(2);
  expect(second.output()).toMatch(/model of dimension 16.*--dim 16/);
}, 60_000);

test('a database that isn’t there is waited for, aloud, and a signal ends the waiting', async () => {
  const run = freshet('start', '--database-url', 'postgresql://nobody@127.0.0.1:1/none', '--port', '0');
  await until('it says that it waits', () => run.output().includes('waiting for the database'));
  run.stop('SIGTERM');
  expect(await run.code).toBe(0);
}, 30_000);
