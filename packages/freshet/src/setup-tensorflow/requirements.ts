/**
 * What native TensorFlow needs of this machine, judged from facts (`inspect.ts` gathers them).
 *
 * 1. All that is missing is named at once, each with what to do.
 */
import type { Recipe } from './recipe.js';

export interface Facts {
  /** Such as “linux x64”. */
  readonly platform: string;
  /** The C library's version; undefined where it isn't glibc (Alpine). */
  readonly glibc: string | undefined;
  /** Where `@tensorflow/tfjs-node-gpu` lies. */
  readonly folder: string | undefined;
  readonly writable: boolean;
  readonly freeBytes: number;
  /** What was looked for, and whether it works. */
  readonly compiler: Tool;
  readonly python: Tool;
  readonly pip: boolean;
  /** The folder of node_api.h. */
  readonly nodeHeaders: string | undefined;
}

interface Tool {
  readonly name: string;
  readonly works: boolean;
}

export function missing(facts: Facts, { diskBytes }: Pick<Recipe, 'diskBytes'>): string[] {
  if (facts.platform !== 'linux x64') return [`Linux on x64: the libraries are published for it, this is ${facts.platform}`];
  const { compiler, python, pip, folder } = facts;
  const found: string[] = [];
  const need = (holds: boolean, sentence: string): void => void (holds || found.push(sentence));
  need(facts.glibc !== undefined && atLeast(facts.glibc, 2, 17), 'glibc 2.17 or newer: this Linux has another C library');
  need(folder !== undefined, 'the package @tensorflow/tfjs-node-gpu: npm has left it out (--omit=optional?); `npm install` without that brings it');
  need(folder === undefined || facts.writable, `the right to write into ${folder ?? ''}: run this as the user who installed Freshet`);
  need(folder === undefined || facts.freeBytes >= diskBytes, `${gigabytes(diskBytes)} GB free disk space in ${folder ?? ''}: there are ${gigabytes(facts.freeBytes)} GB`);
  need(compiler.works, `a C++17 compiler: \`${compiler.name}\` doesn’t run (apt-get install g++, or name another in CXX)`);
  need(python.works, `Python 3: \`${python.name}\` doesn’t run (apt-get install python3 python3-pip, or name another in PYTHON)`);
  need(pip || !python.works, `pip: \`${python.name} -m pip\` doesn’t run (apt-get install python3-pip)`);
  need(facts.nodeHeaders !== undefined, 'Node’s C headers (node_api.h): they come with Node’s own archives and images; else `npm install --no-save node-api-headers` beside Freshet');
  return found;
}

function atLeast(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
