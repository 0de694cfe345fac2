/**
 * The one build: `tsc -b` over the packages and AssemblyScript kernels to WebAssembly.
 * In: sources under packages/. Out: packages/NAME/dist. Everything it says goes to stderr.
 *
 * 1. When nothing changed it only stats the sources and starts no process (about 50 ms).
 * 2. Two builds at once are safe: one holds the lock, the other waits and then finds everything fresh.
 * 3. A kernel appears whole or not at all (written aside, then renamed).
 * 4. It runs on plain Node without being built, and says in one sentence when `npm ci` wasn't run.
 *
 * Not built: SQL migrations, which are read from packages/shared/migrations at run time.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isMain, listFiles, root } from './lib/files.js';
import { withLock } from './lib/lock.js';

const packages = ['shared', 'ingest', 'trainer', 'serving', 'console', 'freshet'];
const cache = join(root, 'node_modules/.cache/freshet');
const stampFile = join(cache, 'build.stamp');

/**
 * `name.wasm`, and for kernels with `relaxed` also `name-relaxed.wasm`, which uses relaxed SIMD (fused multiply-add) and only runs where the
 * runtime has it. `shared: true` imports a shared memory, so that all training threads work on one set of tables. Serving's memory
 * is unshared: V8's collector doesn't see dropped shared memories and hundreds of them pile up.
 * @type {readonly { package: string, name: string, shared: boolean, relaxed: boolean }[]}
 */
const kernels = [
  { package: 'trainer', name: 'trainer', shared: true, relaxed: false },
  { package: 'trainer', name: 'trainer-relaxed', shared: true, relaxed: true },
  { package: 'serving', name: 'serving', shared: false, relaxed: false },
];

/** 65,536 pages of 64 KiB: the 4 GiB that 32-bit addresses reach. */
const maximumMemoryPages = 65_536;

export class BuildError extends Error {
  /** @override */
  name = 'BuildError';
}

/**
 * Builds what is stale. Resolves to false when everything was fresh; rejects with a BuildError whose message is for people.
 * @param {{ quiet?: boolean }} [options] quiet: say nothing unless there is something to build
 * @returns {Promise<boolean>}
 */
export async function build({ quiet = false } = {}) {
  requireDependencies();
  if (isFresh(sourceStamp())) {
    if (!quiet) say('build: nothing changed');
    return false;
  }
  mkdirSync(cache, { recursive: true });
  return withLock(join(cache, 'build.lock'), async () => {
    const stamp = sourceStamp();
    if (isFresh(stamp)) return false;
    await buildStale(stamp);
    return true;
  });
}

function requireDependencies() {
  const needed = ['typescript', 'assemblyscript'];
  if (needed.every((name) => existsSync(join(root, 'node_modules', name, 'package.json')))) return;
  throw new BuildError(`Freshet's dependencies aren't installed: run "npm ci" in ${root} first.`);
}

/** @param {string} stamp */
async function buildStale(stamp) {
  const started = performance.now();
  say('build: compiling …');
  const typescript = join(root, 'node_modules/typescript/bin/tsc');
  const compiled = run('TypeScript', [typescript, '-b', ...packages.map((name) => join(root, 'packages', name))]);
  // All of them end before anything is thrown: a compiler left behind would write into the next build.
  const outcomes = await Promise.allSettled([compiled, ...kernels.map(buildKernel)]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  for (const name of packages) removeOrphans(name);
  writeAside(stampFile, (path) => writeFileSync(path, stamp));
  say(`build: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/**
 * The compiler leaves the output of a deleted source behind, where an import of it would still succeed.
 * @param {string} name
 */
function removeOrphans(name) {
  for (const file of listFiles(`packages/${name}/dist`)) {
    const [, stem] = /^packages\/[^/]+\/dist\/(.+?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(file) ?? [];
    if (stem !== undefined && !existsSync(join(root, 'packages', name, 'src', `${stem}.ts`))) rmSync(join(root, file), { force: true });
  }
}

/** @param {typeof kernels[number]} kernel */
async function buildKernel(kernel) {
  const entry = join(root, 'packages', kernel.package, 'kernel/index.ts');
  if (!existsSync(entry) || isKernelFresh(kernel)) return;
  const target = kernelFile(kernel);
  const features = ['--enable=simd'];
  if (kernel.shared) features.push('--enable=threads', '--sharedMemory');
  if (kernel.relaxed) features.push('--enable=relaxed-simd');
  mkdirSync(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.tmp.wasm`;
  await run(`AssemblyScript (${kernel.name})`, [
    join(root, 'node_modules/assemblyscript/bin/asc.js'),
    relative(root, entry),
    `--baseDir=${root}`,
    `--outFile=${relative(root, temporary)}`,
    '--importMemory',
    '--noExportMemory',
    `--maximumMemory=${maximumMemoryPages}`,
    ...features,
    '--runtime=stub',
    '--optimizeLevel=3',
    '--shrinkLevel=0',
    '--noAssert',
    '--use=abort=',
  ]);
  renameSync(temporary, target);
}

/** @param {typeof kernels[number]} kernel */
function kernelFile(kernel) {
  return join(root, 'packages', kernel.package, 'dist/kernel', `${kernel.name}.wasm`);
}

/** @param {typeof kernels[number]} kernel */
function isKernelFresh(kernel) {
  const target = kernelFile(kernel);
  if (!existsSync(target)) return false;
  const built = statSync(target).mtimeMs;
  const sources = [`packages/${kernel.package}/kernel`, 'packages/shared/kernel'].flatMap((folder) => listFiles(folder));
  return [...sources, 'scripts/build.js'].every((file) => statSync(join(root, file)).mtimeMs < built);
}

/** Path, size and time of everything a build depends on; the lock file stands for the compilers' versions. */
function sourceStamp() {
  const hash = createHash('sha256');
  const settings = ['tsconfig.base.json', 'package-lock.json', 'scripts/build.js'];
  const sources = packages.flatMap((name) => [
    `packages/${name}/tsconfig.json`,
    `packages/${name}/package.json`,
    ...listFiles(`packages/${name}/src`),
    ...listFiles(`packages/${name}/kernel`),
  ]);
  for (const file of [...settings, ...sources]) {
    const entry = statSync(join(root, file), { throwIfNoEntry: false });
    if (entry) hash.update(`${file}\0${entry.size}\0${entry.mtimeMs}\n`);
  }
  return `${process.version} ${hash.digest('hex')}`;
}

/** @param {string} stamp */
function isFresh(stamp) {
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) return false;
  const compiled = packages.filter((name) => listFiles(`packages/${name}/src`).length > 0);
  const missing = compiled.some((name) => !existsSync(join(root, 'packages', name, 'dist/.tsbuildinfo')));
  const withKernel = kernels.filter((kernel) => existsSync(join(root, 'packages', kernel.package, 'kernel/index.ts')));
  return !missing && withKernel.every((kernel) => existsSync(kernelFile(kernel)));
}

/**
 * Runs a compiler; what it says goes to our stderr.
 * @param {string} what
 * @param {string[]} parameters
 * @returns {Promise<void>}
 */
function run(what, parameters) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, parameters, { cwd: root, stdio: ['ignore', 2, 2] });
    child.once('error', (cause) => reject(new BuildError(`${what} couldn't be started: ${cause.message}`)));
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new BuildError(`The build failed: ${what} ended with ${signal ?? `code ${code}`}; its messages are above.`));
    });
  });
}

/**
 * @param {string} target
 * @param {(temporary: string) => void} write
 */
function writeAside(target, write) {
  const temporary = `${target}.${process.pid}.tmp`;
  write(temporary);
  renameSync(temporary, target);
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}

if (isMain(import.meta.url)) {
  try {
    await build({ quiet: process.argv.includes('--quiet') });
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
