/**
 * Freshet's training step beside the same step in PyTorch, alternately in one run: `npm run bench:peers`.
 *
 *   node scripts/bench-peers.js [--install] [--peer pytorch|none] [--runs 5] [--seconds 3] [--engines wasm,tensorflow]
 *     [--dim 64] [--batch 32] [--negatives 256,1024] [--threads 1,2]      (lists are combined with one another)
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
    peer: { type: 'string', default: 'pytorch' },
    dim: { type: 'string', default: '64' },
    batch: { type: 'string', default: '32' },
    negatives: { type: 'string', default: '256,1024' },
    threads: { type: 'string', default: '1,2' },
    engines: { type: 'string', default: 'wasm,tensorflow' },
  },
});
const python = process.env['PEER_PYTHON'] ?? `${environment}/bin/python`;
const list = (/** @type {string} */ text) => text.split(',').filter(Boolean);

const withPeer = options.peer !== 'none';
if (options.install && !existsSync(python)) {
  say(`installing ${TORCH} into ${environment}`);
  run('python3', ['-m', 'venv', environment]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', TORCH, 'numpy']);
}
if (withPeer && !existsSync(python)) {
  process.stderr.write('PyTorch isn’t here: run this with --install once, name a Python that has it in PEER_PYTHON, or leave it out with --peer none\n');
  process.exit(2);
}

/** @typedef {{ examples_per_second: number, cpu_us_per_example: number, best_examples_per_second?: number }} Speed */
/** @typedef {{ dim: string, batch: string, negatives: string, threads: string }} Sizes */
/** @typedef {{ who: string, sizes: Sizes, runs: Speed[] }} Row */

/** @type {Row[]} */
const rows = list(options.threads).flatMap((threads) =>
  list(options.negatives).flatMap((negatives) =>
    list(options.batch).flatMap((batch) =>
      list(options.dim).flatMap((dim) =>
        [...list(options.engines), ...(withPeer ? ['pytorch'] : [])].map((who) => ({ who, sizes: { dim, batch, negatives, threads }, runs: [] })),
      ),
    ),
  ),
);
let torch = '';
for (let turn = 1; turn <= Number(options.runs); turn++) {
  say(`run ${turn} of ${options.runs}`);
  for (const { who, sizes, runs } of rows) {
    const speed = who === 'pytorch' ? pytorch(sizes) : freshet(who, sizes);
    runs.push(speed);
    say(`  ${who} ${Object.entries(sizes).map((entry) => entry.join(' ')).join(', ')}: ${speed.examples_per_second} examples/s, ${speed.cpu_us_per_example} µs of processor time each`);
  }
}
const table = rows.map(({ who, sizes, runs }) => ({
  who,
  ...Object.fromEntries(Object.entries(sizes).map(([name, text]) => [name, Number(text)])),
  examples_per_second: median(runs.map((run) => run.examples_per_second)),
  cpu_us_per_example: median(runs.map((run) => run.cpu_us_per_example)),
  best: Math.max(...runs.map((run) => run.best_examples_per_second ?? run.examples_per_second)),
}));
process.stdout.write(`${JSON.stringify({ machine: cpus()[0]?.model, cores: cpus().length, node: process.version, torch, runs: Number(options.runs), items: 100_000, rows: table }, null, 2)}\n`);

/**
 * @param {string} engine
 * @param {Sizes} sizes
 */
function freshet(engine, sizes) {
  const args = ['bench', 'train', '--json', '--engine', engine, '--seconds', options.seconds, ...flags(sizes)];
  const result = /** @type {{ threads: Record<string, Speed> }} */ (JSON.parse(run(process.execPath, [`${root}packages/freshet/bin/freshet.js`, ...args])));
  return speedOf(result.threads[sizes.threads]);
}

/** @param {Sizes} sizes */
function pytorch(sizes) {
  const result = /** @type {{ torch: string, negatives: Record<string, Speed> }} */ (JSON.parse(run(python, [peer, '--seconds', options.seconds, ...flags(sizes)])));
  torch = result.torch;
  return speedOf(result.negatives[sizes.negatives]);
}

/** @param {Sizes} sizes */
function flags(sizes) {
  return Object.entries(sizes).flatMap(([name, text]) => [`--${name}`, text]);
}

/** @param {Speed | undefined} speed */
function speedOf(speed) {
  if (speed === undefined) throw new Error('a bench printed no figure for what it was asked');
  return speed;
}

/** @param {readonly number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
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
