/**
 * Preloaded into a process under test (`NODE_OPTIONS=--require`): on SIGUSR2 it collects garbage and says what is left, so
 * that a test can tell memory that is held from memory that nobody has had a reason to free.
 */
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  require('node:v8').setFlagsFromString('--expose_gc');
  const collect = require('node:vm').runInNewContext('gc');
  process.on('SIGUSR2', () => {
    // The first frees what finalizers hold; the second what they let go.
    collect();
    collect();
    process.stderr.write(`memory-probe ${JSON.stringify(process.memoryUsage())}\n`);
  });
}
