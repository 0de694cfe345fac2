/**
 * Everything that must hold before a change goes in; `npm test` is a part of it, CI runs all of it.
 *
 *   node scripts/verify.js [--only NAME,…] [--skip NAME,…]
 *
 * Names: types, lint, rules (static checks, each counts as one), then unit, contract, pipeline, faults, browser (suites).
 * 1. It builds first; the suites run even when the build failed, against what was emitted, and the run fails.
 * 2. Each part prints its counts when it ends; the last line is `N passed, N failed` (`, N skipped` may follow), and
 *    above it stands all that failed, by name.
 * 3. Exit code 1 when anything failed or nothing passed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.js';
import { root } from './lib/files.js';
import { runSuite } from './lib/suite.js';
import { formatCounts, mergeTally, sum } from './lib/tally.js';

/** @typedef {import('./lib/suite.js').Outcome} Outcome */

const suites = ['unit', 'contract', 'pipeline', 'faults', 'browser'];
/** @type {Readonly<Record<string, readonly (readonly string[])[]>>} the commands of each static check */
const checks = {
  types: ['test', 'scripts', 'examples'].map((project) => ['node_modules/typescript/bin/tsc', '--project', project]),
  lint: [['node_modules/oxlint/bin/oxlint', '--deny-warnings', 'packages', 'examples', 'test', 'scripts', 'infra', 'vitest.config.ts']],
  rules: [['scripts/package-rules.js']],
};
const names = [...Object.keys(checks), ...suites];

if (!existsSync(join(root, 'node_modules/vitest'))) {
  process.stderr.write(`The tools that check Freshet aren't installed: run "npm ci" in ${root} first.\n`);
  process.exit(1);
}
const selected = selectNames(process.argv.slice(2));
/** @type {Outcome[]} */
const outcomes = [];
const builds = await runBuild();
if (!builds && !selected.includes('types')) outcomes.push(report({ name: 'build', passed: 0, failed: 1, skipped: 0, seconds: 0, notes: [] }));
for (const name of selected) {
  process.stdout.write(`\n== ${name}\n`);
  outcomes.push(report(suites.includes(name) ? await runSuite(name) : await runCheck(name)));
}
close(mergeTally(process.env['VERIFY_TALLY'], outcomes));

/** @param {string[]} args */
function selectNames(args) {
  const { values } = parseArgs({ args, options: { only: { type: 'string' }, skip: { type: 'string' } } });
  const list = (/** @type {string | undefined} */ text) => text?.split(',').filter(Boolean) ?? [];
  const unknown = [...list(values.only), ...list(values.skip)].filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`verify: no part is named ${unknown.join(', ')}; there are ${names.join(', ')}\n`);
    process.exit(2);
  }
  return names.filter((name) => (values.only === undefined || list(values.only).includes(name)) && !list(values.skip).includes(name));
}

async function runBuild() {
  try {
    await build({ quiet: true });
    return true;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
}

/**
 * @param {string} name
 * @returns {Promise<Outcome>}
 */
async function runCheck(name) {
  const started = performance.now();
  let passes = name !== 'types' || builds;
  for (const [script = '', ...args] of checks[name] ?? []) passes = (await runNode(join(root, script), args)) && passes;
  const seconds = (performance.now() - started) / 1000;
  return { name, passed: passes ? 1 : 0, failed: passes ? 0 : 1, skipped: 0, seconds, notes: [] };
}

/**
 * @param {string} script
 * @param {readonly string[]} args
 * @returns {Promise<boolean>}
 */
function runNode(script, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** @param {Outcome} outcome */
function report(outcome) {
  for (const note of outcome.notes) process.stdout.write(`${outcome.name}: ${note}\n`);
  process.stdout.write(`${outcome.name}: ${formatCounts(outcome)} in ${outcome.seconds.toFixed(1)} s\n`);
  return outcome;
}

/** @param {readonly Outcome[]} all */
function close(all) {
  const counts = sum(all);
  process.stdout.write('\n');
  for (const { name, failed, notes } of all) {
    if (failed > 0) process.stdout.write(`FAILED: ${name} (${failed})\n`);
    for (const note of notes) if (!note.startsWith('SKIPPED')) process.stdout.write(`  ${note}\n`);
  }
  process.stdout.write(`${formatCounts(counts)}\n`);
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}
