/**
 * Writes what happened in a test run, as data, to the file that VERIFY_REPORT names. vitest's own JSON reporter leaves
 * out why a test was skipped.
 *
 * @typedef {{ file: string, name: string, state: string, note?: string }} TestReport `note`: why it was
 *   skipped, or the first line of why it failed
 * @typedef {{ tests: TestReport[], unloaded: string[] }} RunReport `unloaded`: files that failed outside their tests
 */
import { writeFileSync } from 'node:fs';

/** @typedef {import('vitest/node').Reporter} Reporter */

/** @implements {Reporter} */
export default class CountReporter {
  /** @param {ReadonlyArray<import('vitest/node').TestModule>} modules */
  onTestRunEnd(modules) {
    const file = process.env['VERIFY_REPORT'];
    if (file === undefined) return;
    writeFileSync(file, JSON.stringify({ tests: modules.flatMap(reportTests), unloaded: modules.filter(failedOutside).map((module) => module.relativeModuleId) }));
  }
}

/**
 * @param {import('vitest/node').TestModule} module
 * @returns {TestReport[]}
 */
function reportTests(module) {
  return [...module.children.allTests()].map((test) => {
    const result = test.result();
    const note = result.state === 'skipped' ? result.note : result.errors?.[0]?.message.split('\n')[0];
    return { file: module.relativeModuleId, name: test.fullName, state: result.state, ...(note !== undefined && { note }) };
  });
}

/** @param {import('vitest/node').TestModule} module */
function failedOutside(module) {
  return module.state() === 'failed' && ![...module.children.allTests('failed')].length;
}
