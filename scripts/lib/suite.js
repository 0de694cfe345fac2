/**
 * Runs one test suite (a project of vitest.config.ts, in test/NAME) and counts what happened.
 * People read vitest's own report as it goes; the counts come from vitest-reporter.js, not from that text.
 *
 * 1. A test file that couldn't be loaded counts as one failure, and so does a run that broke without a failed test.
 * 2. Every skipped test is named, with the reason it gave (`context.skip('…')`).
 * 3. Suites that start real services run files with a failure once again, when these are few, with nothing else beside
 *    them: what passes then counts as passed and is named UNSTABLE, with what it said first. It is to be mended: the
 *    second run only keeps a machine that stood still for a moment from hiding the rest.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listFiles, root } from './files.js';

/** @typedef {{ name: string, passed: number, failed: number, skipped: number, seconds: number, notes: string[] }} Outcome */

/** @typedef {import('./vitest-reporter.js').RunReport} RunReport */

/** @typedef {import('./vitest-reporter.js').TestReport} TestReport */

/** Their outcome depends on a machine's pauses too. */
const servicesSuites = new Set(['pipeline', 'faults', 'browser']);
/** More failed files than these are no accident: there's no second run. */
const mostFilesAgain = 3;

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
    const first = await runVitest({ project: name, report: join(folder, 'report.json') });
    const again = filesToRunAgain(name, first);
    if (again.length === 0) return { name, seconds: secondsSince(started), ...count(first) };
    process.stdout.write(`\n${name}: running ${again.join(', ')} again\n`);
    const second = await runVitest({ project: name, report: join(folder, 'again.json'), files: again });
    return { name, seconds: secondsSince(started), ...countTwoRuns(first, second, again) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {number} started */
const secondsSince = (started) => (performance.now() - started) / 1000;

/**
 * @typedef {{ report: RunReport | undefined, ended: string }} Run `ended` is empty when vitest ended well, else how it
 *   ended; no report when it ended before it wrote one
 *
 * @param {{ project: string, report: string, files?: readonly string[] }} options
 * @returns {Promise<Run>}
 */
async function runVitest({ project, report, files = [] }) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts/lib/vitest-reporter.js')}`];
  /** @type {string} */
  const ended = await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [vitest, 'run', `--project=${project}`, ...reporters, ...files], {
      cwd: root,
      env: { ...process.env, VERIFY_REPORT: report },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code === 0 ? '' : (signal ?? `code ${code}`)));
  });
  return { report: readReport(report), ended };
}

/**
 * @param {string} path
 * @returns {RunReport | undefined}
 */
function readReport(path) {
  try {
    return /** @type {RunReport} */ (JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} name
 * @param {Run} run
 * @returns {string[]} none when all passed, or when what failed isn't for a second run
 */
export function filesToRunAgain(name, { report }) {
  if (!servicesSuites.has(name) || !report) return [];
  const files = new Set([...report.unloaded, ...report.tests.filter(failed).map((test) => test.file)]);
  return files.size > mostFilesAgain ? [] : [...files];
}

/**
 * The outcome when some files ran twice: the second run is theirs.
 *
 * @param {Run} first
 * @param {Run} second
 * @param {readonly string[]} again the files of the second run
 */
export function countTwoRuns(first, second, again) {
  if (!first.report || !second.report) return count(first);
  const whole = first.report.tests.filter((test) => !again.includes(test.file));
  const counts = count({ report: { tests: [...whole, ...second.report.tests], unloaded: second.report.unloaded }, ended: second.ended });
  const unstable = [...first.report.unloaded.map((file) => `UNSTABLE: ${file} failed outside its tests at first`), ...first.report.tests.filter(failed).map((test) => `UNSTABLE: ${describe(test)}`)];
  return { ...counts, notes: [...unstable, ...counts.notes] };
}

/** @param {Run} run */
export function count({ report, ended }) {
  if (!report) return { passed: 0, failed: 1, skipped: 0, notes: [`vitest ended with ${ended || 'no report'} before it reported anything`] };
  const { tests, unloaded } = report;
  const failures = tests.filter(failed);
  const skips = tests.filter((test) => test.state !== 'failed' && test.state !== 'passed');
  const notes = [
    ...unloaded.map((file) => `failed outside its tests: ${file}`),
    ...failures.map((test) => `failed: ${describe(test)}`),
    ...skips.map((test) => `SKIPPED: ${describe(test)}`),
  ];
  const passed = tests.length - failures.length - skips.length;
  const failedCount = failures.length + unloaded.length;
  if (ended === '' || failedCount > 0) return { passed, failed: failedCount, skipped: skips.length, notes };
  return { passed, failed: 1, skipped: skips.length, notes: [...notes, `vitest ended with ${ended} though no test failed: an error outside the tests, shown above`] };
}

/** @param {TestReport} test */
const failed = (test) => test.state === 'failed';

/** @param {TestReport} test */
const describe = ({ file, name, note }) => `${file}: ${name}${note === undefined ? '' : ` (${note})`}`;
