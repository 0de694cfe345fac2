/**
 * Puts native TensorFlow in place, and takes it away again.
 *
 * 1. All that this machine lacks is said before anything is downloaded.
 * 2. What is in place and works is left as it is; what is in place and doesn't work is made anew.
 * 3. It counts as done only after another process has loaded it and has computed a product with it; else all is as before: what was in
 *    place is again, or nothing is left.
 */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FreshetError } from '@freshet/shared/errors';
import { findPackage, type TensorflowPackage } from '@freshet/trainer/engine/tensorflow/addon';
import type { Environment } from '../cli/variables.js';
import { clear, closeWorkshop, openWorkshop, putInPlace, readStamp } from './folder.js';
import { inspect } from './inspect.js';
import { compileArguments, pipDownload, type Recipe, recipeFor, recipeOf, STAMP, UNPACK } from './recipe.js';
import { type Facts, missing } from './requirements.js';
import { run, tryRun } from './run.js';

const PROBE = fileURLToPath(import.meta.resolve('@freshet/trainer/engine/tensorflow/probe-main'));

export interface SetupContext {
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Told, in a sentence each, what goes on. */
  readonly say: (line: string) => void;
}

export interface SetupResult {
  readonly state: 'installed' | 'in_place';
  /** TensorFlow's version, as it says. */
  readonly version: string;
  /** Built for GPUs. */
  readonly gpu: boolean;
  /** One was found and is used. */
  readonly gpu_in_use: boolean;
  readonly folder: string;
  readonly seconds: number;
}

type Probe = Pick<SetupResult, 'version' | 'gpu_in_use'>;

export async function setUp({ gpu }: { readonly gpu: boolean }, context: SetupContext): Promise<SetupResult> {
  const started = performance.now();
  const recipe = recipeFor(gpu);
  const found = findPackage();
  const seconds = (): number => Math.round((performance.now() - started) / 100) / 10;
  const built = found === undefined ? undefined : whatIsThere(found);
  if (found !== undefined && built !== undefined && (built.gpu || !gpu)) {
    const probe = await tryProbe(context);
    if (probe !== undefined) return { state: 'in_place', ...probe, gpu: built.gpu, folder: found.folder, seconds: seconds() };
    context.say('what is in place doesn’t work: it is made anew');
  }
  const facts = await inspect(context);
  const lacks = missing(facts, recipe);
  if (found === undefined || lacks.length > 0) throw lacking(lacks);
  const probe = await install(found, { recipe, facts, context });
  return { state: 'installed', ...probe, gpu, folder: found.folder, seconds: seconds() };
}

/** A set-up for GPUs is one for the CPU, too. One that isn't ours (the package's own download) is taken for the CPU's. */
function whatIsThere(found: TensorflowPackage): Pick<Recipe, 'gpu'> | undefined {
  const stamp = readStamp(found);
  if (stamp === undefined) return existsSync(found.addon) ? { gpu: false } : undefined;
  return recipeOf(stamp);
}

/** False when nothing was there. */
export async function takeAway(): Promise<boolean> {
  const found = findPackage();
  return found !== undefined && (await clear(found));
}

function lacking(lacks: readonly string[]): FreshetError {
  return new FreshetError('requirements_missing', `native TensorFlow needs what this machine doesn’t have:\n${lacks.map((lack) => `  - ${lack}`).join('\n')}`);
}

interface Job {
  readonly recipe: Recipe;
  readonly facts: Facts;
  readonly context: SetupContext;
}

async function install(found: TensorflowPackage, job: Job): Promise<Probe> {
  const workshop = await openWorkshop(found);
  try {
    await build(found, workshop, job);
    return await putInPlace(found, workshop, () => {
      job.context.say('checking that it computes');
      return probe(job.context);
    });
  } finally {
    await closeWorkshop(workshop);
  }
}

async function build({ folder }: TensorflowPackage, workshop: string, { recipe, facts, context }: Job): Promise<void> {
  const { environment, signal, say } = context;
  const step = (what: string, file: string, args: readonly string[]): Promise<string> => run(what, { file, args, environment, signal });
  const [requirements, deps] = [path.join(workshop, 'requirements.txt'), path.join(workshop, 'deps')];
  await writeFile(requirements, recipe.requirements);
  await writeFile(path.join(deps, STAMP), recipe.stamp);
  say(`downloading ${recipe.wheels} wheel${recipe.wheels === 1 ? '' : 's'} with pip: ${(recipe.downloadBytes / 1e9).toFixed(2)} GB`);
  await step('the download', facts.python.name, pipDownload(requirements, workshop));
  say('unpacking and checking the libraries');
  await step('unpacking', facts.python.name, ['-c', UNPACK, workshop, deps]);
  say('compiling the addon');
  await step('the compiler', facts.compiler.name, compileArguments({ folder, nodeHeaders: facts.nodeHeaders ?? '', deps, output: path.join(workshop, 'addon.node') }));
  await rm(path.join(deps, 'include'), { recursive: true });
}

async function probe({ environment, signal }: SetupContext): Promise<Probe> {
  return JSON.parse(await run('a first product', { file: process.execPath, args: [PROBE], environment, signal })) as Probe;
}

async function tryProbe({ environment, signal }: SetupContext): Promise<Probe | undefined> {
  const printed = await tryRun({ file: process.execPath, args: [PROBE], environment, signal });
  return printed === undefined ? undefined : (JSON.parse(printed) as Probe);
}
