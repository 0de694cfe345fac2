/**
 * Runs one test suite (a project of vitest.config.ts, in test/NAME) and counts what happened.
 * People read vitest's own report as it goes; the counts come from vitest-reporter.js, not from that text.
 *
 * 1. A test file that couldn't be loaded counts as one failure, and so does a run that broke without a failed test.
 * 2. Every skipped test is named, with the reason it gave (`context.skip('…')`).
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listFiles, root } from './files.js';

/** @typedef {{ name: string, passed: number, failed: number, skipped: number, seconds: number, notes: string[] }} Outcome */

/** @typedef {import('./vitest-reporter.js').RunReport} RunReport */

/**
 * @param {string} name
 * @returns {Promise<Outcome>}
 */
export async function runSuite(name) {
  const files = listFiles(`test/${name}`, (path) => path.endsWith('.test.ts'));
  if (files.length === 0) return { name, passed: 0, failed: 0, skipped: 0, seconds: 0, notes: ['no test files'] };
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'freshet-verify-'));
  try {
    const report = join(folder, 'report.json');
    const ended = await runVitest(name, report);
    return { name, seconds: (performance.now() - started) / 1000, ...count(readReport(report), ended) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} project
 * @param {string} report
 * @returns {Promise<string>} empty when vitest ended well, else how it ended
 */
function runVitest(project, report) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts/lib/vitest-reporter.js')}`];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [vitest, 'run', `--project=${project}`, ...reporters], {
      cwd: root,
      env: { ...process.env, VERIFY_REPORT: report },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code === 0 ? '' : (signal ?? `code ${code}`)));
  });
}

/**
 * @param {string} path
 * @returns {RunReport | undefined} undefined when vitest ended before it wrote one
 */
function readReport(path) {
  try {
    return /** @type {RunReport} */ (JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/**
 * @param {RunReport | undefined} report
 * @param {string} ended
 */
function count(report, ended) {
  if (!report) return { passed: 0, failed: 1, skipped: 0, notes: [`vitest ended with ${ended || 'no report'} before it reported anything`] };
  const { tests, unloaded } = report;
  const failures = tests.filter((test) => test.state === 'failed');
  const skips = tests.filter((test) => test.state !== 'failed' && test.state !== 'passed');
  const notes = [
    ...unloaded.map((file) => `failed outside its tests: ${file}`),
    ...failures.map((test) => `failed: ${test.name}`),
    ...skips.map((test) => `SKIPPED: ${test.name}${test.note === undefined ? '' : ` (${test.note})`}`),
  ];
  const passed = tests.length - failures.length - skips.length;
  const failed = failures.length + unloaded.length;
  if (ended === '' || failed > 0) return { passed, failed, skipped: skips.length, notes };
  return { passed, failed: 1, skipped: skips.length, notes: [...notes, `vitest ended with ${ended} though no test failed: an error outside the tests, shown above`] };
}
