/**
 * Runs one test suite (a project of vitest.config.ts, in test/NAME) and counts what happened.
 * People read vitest's own report as it goes; the counts come from its JSON report, not from that text.
 *
 * 1. A test file that couldn't be loaded counts as one failure, and so does a run that broke without a failed test.
 * 2. Every skipped test is named with its reason.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { listFiles, root } from './files.js';

/** @typedef {{ name: string, passed: number, failed: number, skipped: number, seconds: number, notes: string[] }} Outcome */

/**
 * What we read of vitest's JSON report.
 * @typedef {{ fullName: string, status: string, meta?: { note?: string } }} TestReport
 * @typedef {{ name: string, status: string, assertionResults: TestReport[] }} FileReport
 */

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
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [vitest, 'run', `--project=${project}`, ...reporters], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code === 0 ? '' : (signal ?? `code ${code}`)));
  });
}

/**
 * @param {string} path
 * @returns {FileReport[] | undefined} undefined when vitest ended before it wrote one
 */
function readReport(path) {
  try {
    const report = /** @type {{ testResults: FileReport[] }} */ (JSON.parse(readFileSync(path, 'utf8')));
    return report.testResults;
  } catch {
    return undefined;
  }
}

/**
 * @param {FileReport[] | undefined} files
 * @param {string} ended
 */
function count(files, ended) {
  if (!files) return { passed: 0, failed: 1, skipped: 0, notes: [`vitest ended with ${ended || 'no report'} before it reported anything`] };
  const tests = files.flatMap((file) => file.assertionResults);
  const unloaded = files.filter((file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'));
  const passed = tests.filter((test) => test.status === 'passed').length;
  const failed = tests.filter((test) => test.status === 'failed').length + unloaded.length;
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed');
  const notes = [
    ...unloaded.map((file) => `failed outside its tests: ${relative(root, file.name)}`),
    ...tests.filter((test) => test.status === 'failed').map((test) => `failed: ${test.fullName}`),
    ...skipped.map((test) => `SKIPPED: ${test.fullName}${test.meta?.note === undefined ? '' : ` (${test.meta.note})`}`),
  ];
  if (ended === '' || failed > 0) return { passed, failed, skipped: skipped.length, notes };
  return { passed, failed: 1, skipped: skipped.length, notes: [...notes, `vitest ended with ${ended} though no test failed`] };
}
