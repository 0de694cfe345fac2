/**
 * Carries the Dockerfile's stages out in folders, without Docker: copies, builds, installs as written.
 *
 * Stood in for: the base image by this machine's Node; the installation that only the build uses by links to this checkout's;
 * /app by a folder per stage. Left out: what the last stage does outside /app as root (a link and a folder).
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, renameSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { contextFilter, type Copy, copiesOf, type Instruction, ROOT, type Stage } from './dockerfile.js';

const WORKDIR = '/app';
const inContext = contextFilter();

/** Resolves a stage's name to its folder below `folder`. */
export function stageFolder(folder: string, stage: string): string {
  return path.join(folder, stage);
}

export function carryOut(stages: readonly Stage[], folder: string): void {
  for (const stage of stages) {
    const here = stageFolder(folder, stage.name);
    const base = stages.find(({ name }) => name === stage.from);
    if (base === undefined) mkdirSync(here);
    else cpSync(stageFolder(folder, base.name), here, { recursive: true, verbatimSymlinks: true });
    for (const instruction of stage.instructions) follow(instruction, { folder, here, isLast: stage === stages.at(-1) });
  }
}

interface Place {
  readonly folder: string;
  readonly here: string;
  readonly isLast: boolean;
}

function follow(instruction: Instruction, { folder, here, isLast }: Place): void {
  const [copy] = copiesOf({ name: '', from: '', instructions: [instruction] });
  if (copy !== undefined) carry(copy, folder, here);
  if (instruction.keyword === 'RUN' && !isLast) execute(instruction.text, here);
}

/** As COPY: a folder's contents go into the target, a file into it when it ends with a slash. */
function carry({ stage, sources, target }: Copy, folder: string, here: string): void {
  for (const source of sources) {
    const from = stage === undefined ? path.join(ROOT, source) : path.join(stageFolder(folder, stage), path.relative(WORKDIR, source));
    if (source === WORKDIR) {
      move(from, path.join(here, target));
      continue;
    }
    const to = statSync(from).isFile() ? path.join(here, target, path.basename(source)) : path.join(here, target);
    const filter = (file: string): boolean => stage !== undefined || file === from || inContext(path.relative(ROOT, file));
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter });
  }
}

/** A whole stage, for who takes it last: ten thousand files needn't be written again. */
function move(from: string, to: string): void {
  for (const name of readdirSync(from)) renameSync(path.join(from, name), path.join(to, name));
}

function execute(text: string, here: string): void {
  if (text === 'npm ci') return linkModules(here);
  // What was downloaded for this checkout isn't downloaded again.
  const env = { ...process.env, npm_config_prefer_offline: 'true' };
  const { status, stdout, stderr } = spawnSync('sh', ['-c', text], { cwd: here, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${text}\n${stdout}${stderr}`);
}

/** As `npm ci` would leave it. Freshet's own packages must be the stage's, not the checkout's. */
function linkModules(here: string): void {
  const modules = path.join(here, 'node_modules');
  mkdirSync(path.join(modules, '@freshet'), { recursive: true });
  const foreign = readdirSync(path.join(ROOT, 'node_modules')).filter((name) => !['@freshet', 'freshet', '.cache'].includes(name));
  for (const name of foreign) symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  for (const name of readdirSync(path.join(here, 'packages'))) symlinkSync(path.join('../../packages', name), path.join(modules, '@freshet', name));
}
