/**
 * The sums over all suites and checks. With VERIFY_TALLY=FILE several runs share one tally (.ci/run: `npm test`, then
 * the rest): each appends its outcomes, a JSON line each, and the closing line is over all of them.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** @typedef {import('./suite.js').Outcome} Outcome */

/**
 * @param {string | undefined} file
 * @param {readonly Outcome[]} outcomes of this run
 * @returns {Outcome[]} those of the runs before, then these
 */
export function mergeTally(file, outcomes) {
  if (file === undefined) return [...outcomes];
  const before = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  appendFileSync(file, outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join(''));
  return [...before.map((line) => /** @type {Outcome} */ (JSON.parse(line))), ...outcomes];
}

/**
 * @param {readonly Outcome[]} outcomes
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
export function sum(outcomes) {
  const total = (/** @type {'passed' | 'failed' | 'skipped'} */ key) => outcomes.reduce((all, outcome) => all + outcome[key], 0);
  return { passed: total('passed'), failed: total('failed'), skipped: total('skipped') };
}

/** @param {{ passed: number, failed: number, skipped: number }} counts */
export function formatCounts({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
