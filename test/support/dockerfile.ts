/** As much of a Dockerfile and of .dockerignore as it takes to carry a build out by hand: stages, instructions, what is copied. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Instruction {
  readonly keyword: string;
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  /** Another stage, or an image. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

export interface Copy {
  /** Undefined: from the build's context. */
  readonly stage: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
}

export function readStages(file: string): readonly Stage[] {
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const { keyword, text } of instructionsOf(readFileSync(path.join(ROOT, file), 'utf8'))) {
    if (keyword === 'FROM') {
      const [from = '', , name = String(stages.length)] = text.split(/\s+/);
      stages.push({ name, from, instructions: [] });
    } else stages.at(-1)?.instructions.push({ keyword, text });
  }
  return stages;
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\\\n/g, ' ').split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return lines.map((line) => ({ keyword: line.split(/\s/, 1)[0]?.toUpperCase() ?? '', text: line.replace(/^\S+\s+/, '').replaceAll(/\s+/g, ' ') }));
}

export function copiesOf(stage: Stage): readonly Copy[] {
  return stage.instructions.filter(({ keyword }) => keyword === 'COPY').map(({ text }) => {
    const words = text.split(' ');
    const from = words[0]?.startsWith('--from=') === true ? words.shift()?.slice('--from='.length) : undefined;
    return { stage: from, sources: words.slice(0, -1), target: words.at(-1) ?? '' };
  });
}

/** `ENV` of a stage: name → value. */
export function variablesOf(stage: Stage): Readonly<Record<string, string>> {
  const pairs = stage.instructions.filter(({ keyword }) => keyword === 'ENV').flatMap(({ text }) => text.split(' ').map((pair) => pair.split('=', 2)));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
}

/** The one instruction of this kind; undefined when there is none. */
export function instruction(stage: Stage, keyword: string): string | undefined {
  return stage.instructions.filter((one) => one.keyword === keyword).at(-1)?.text;
}

/** Whether a file is a part of the build's context. The last pattern that meets it, or a folder above it, decides. */
export function contextFilter(ignoreFile = readFileSync(path.join(ROOT, '.dockerignore'), 'utf8')): (file: string) => boolean {
  const lines = ignoreFile.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const patterns = lines.map((line) => ({ allows: line.startsWith('!'), meets: patternOf(line.replace(/^!/, '')) }));
  return (file) => patterns.findLast(({ meets }) => meets.test(file))?.allows ?? true;
}

/** `*` stays within a folder, `**` doesn't; what lies below a match is met too. */
function patternOf(pattern: string): RegExp {
  const source = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('**/', '<any>').replaceAll('*', '[^/]*').replaceAll('<any>', '(?:.*/)?');
  return new RegExp(`^${source}(?:/.*)?$`);
}
