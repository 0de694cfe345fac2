/**
 * Freshet's training step beside the same step in PyTorch, alternately in one run: `npm run bench:peers`.
 *
 *   node scripts/bench-peers.js [--install] [--runs 5] [--seconds 3] [--batch 32] [--negatives 256,1024] [--threads 1,2] [--engines wasm,tensorflow]
 *
 * 1. Each run measures every combination once, one after the other, so that what else the machine does meets all of them; the
 *    table has medians over the runs, as JSON on stdout. What is going on is said on stderr.
 * 2. `--install` puts PyTorch into a virtual environment of its own (node_modules/.cache/freshet/peers, some 6 GB with the CUDA
 *    libraries that PyPI's wheel brings). Nothing else is installed, and CI doesn't do it. PEER_PYTHON names another Python that has torch.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpus } from 'node:os';

const TORCH = 'torch==2.7.1';
const root = fileURLToPath(new URL('../', import.meta.url));
const environment = `${root}node_modules/.cache/freshet/peers`;
const peer = fileURLToPath(new URL('../test/bench/peers/torch_step.py', import.meta.url));
const { values: options } = parseArgs({
  options: {
    install: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    batch: { type: 'string', default: '32' },
    negatives: { type: 'string', default: '256,1024' },
    threads: { type: 'string', default: '1,2' },
    engines: { type: 'string', default: 'wasm,tensorflow' },
  },
});
const python = process.env['PEER_PYTHON'] ?? `${environment}/bin/python`;
const list = (/** @type {string} */ text) => text.split(',').filter(Boolean);

if (options.install && !existsSync(python)) {
  say(`installing ${TORCH} into ${environment}`);
  run('python3', ['-m', 'venv', environment]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', TORCH, 'numpy']);
}
if (!existsSync(python)) {
  process.stderr.write('PyTorch isn’t here: run this with --install once, or name a Python that has it in PEER_PYTHON\n');
  process.exit(2);
}

/** @typedef {{ examples_per_second: number }} Speed */

/** @type {Map<string, number[]>} */
const figures = new Map();
let torch = '';
for (let turn = 1; turn <= Number(options.runs); turn++) {
  say(`run ${turn} of ${options.runs}`);
  for (const threads of list(options.threads)) {
    for (const negatives of list(options.negatives)) {
      for (const engine of list(options.engines)) note(['freshet', engine, negatives, threads], freshet({ engine, negatives, threads }));
      note(['pytorch', 'autograd', negatives, threads], pytorch({ negatives, threads }));
    }
  }
}
const rows = [...figures].map(([key, runs]) => {
  const [who, engine, negatives, threads] = key.split(' ');
  return { who, engine, negatives: Number(negatives), threads: Number(threads), examples_per_second: median(runs), runs };
});
process.stdout.write(`${JSON.stringify({ machine: cpus()[0]?.model, cores: cpus().length, node: process.version, torch, items: 100_000, dim: 64, batch: Number(options.batch), rows }, null, 2)}\n`);

/** @param {{ engine: string, negatives: string, threads: string }} what */
function freshet({ engine, negatives, threads }) {
  const args = ['bench', 'train', '--json', '--engine', engine, '--negatives', negatives, '--threads', threads, '--batch', options.batch, '--seconds', options.seconds];
  const result = /** @type {{ threads: Record<string, Speed> }} */ (JSON.parse(run(process.execPath, [`${root}packages/freshet/bin/freshet.js`, ...args])));
  return speedOf(result.threads[threads]);
}

/** @param {{ negatives: string, threads: string }} what */
function pytorch({ negatives, threads }) {
  const args = [peer, '--negatives', negatives, '--threads', threads, '--batch', options.batch, '--seconds', options.seconds];
  const result = /** @type {{ torch: string, negatives: Record<string, Speed> }} */ (JSON.parse(run(python, args)));
  torch = result.torch;
  return speedOf(result.negatives[negatives]);
}

/** @param {Speed | undefined} speed */
function speedOf(speed) {
  if (speed === undefined) throw new Error('a bench printed no figure for what it was asked');
  return speed.examples_per_second;
}

/**
 * @param {readonly string[]} key
 * @param {number} value
 */
function note(key, value) {
  const name = key.join(' ');
  figures.set(name, [...(figures.get(name) ?? []), value]);
  say(`  ${name}: ${value}`);
}

/** @param {readonly number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/**
 * @param {string} file
 * @param {readonly string[]} args
 */
function run(file, args) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}
