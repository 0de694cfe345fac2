/**
 * The test suites, one project each; scripts/verify.js runs them one after the other. Tests import the built packages,
 * so build first (`npm run build`; `npm test` and `npm run verify` do).
 */
import { defineConfig } from 'vitest/config';

const second = 1_000;

/** Two workers: the machines this is built for have two cores, and pipeline tests start several processes each. */
const maxWorkers = 2;

/** A suite's folder is its name. `alone`: its files start real services, so they run one after the other. */
function suite(name: string, timeoutSeconds: number, options: { alone?: boolean; globalSetup?: string } = {}) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      pool: 'forks' as const,
      fileParallelism: options.alone !== true,
      testTimeout: timeoutSeconds * second,
      hookTimeout: timeoutSeconds * second,
      teardownTimeout: 20 * second,
      ...(options.globalSetup !== undefined && { globalSetup: [options.globalSetup] }),
    },
  };
}

const postgres = 'test/support/global-setup.ts';

export default defineConfig({
  test: {
    maxWorkers,
    projects: [
      // The longest takes two seconds; a machine under load is ten times as slow.
      suite('unit', 30),
      suite('contract', 30, { globalSetup: postgres }),
      suite('pipeline', 120, { alone: true, globalSetup: postgres }),
      suite('faults', 180, { alone: true, globalSetup: postgres }),
      suite('browser', 120, { alone: true, globalSetup: postgres }),
    ],
  },
});
