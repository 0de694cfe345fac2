/**
 * Runs a numbered example beside a running Freshet: `npm run example 03 [argument …]`. Without a number it lists them.
 * Compiles the examples first, which takes no time when nothing changed.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/files.js';

const [wanted, ...args] = process.argv.slice(2);
const names = readdirSync(join(root, 'examples')).filter((name) => /^\d\d-.*\.ts$/.test(name)).sort();
const name = names.find((one) => wanted !== undefined && one.startsWith(wanted.padStart(2, '0')));

if (name === undefined) {
  for (const one of names) process.stdout.write(`${one.slice(0, -3).padEnd(28)} ${purposeOf(one)}\n`);
  process.exitCode = wanted === undefined ? 0 : 2;
} else {
  const compiled = run([join(root, 'node_modules/typescript/bin/tsc'), '-b', join(root, 'examples')]);
  process.exitCode = compiled === 0 ? run([join(root, 'examples/dist', name.replace(/\.ts$/, '.js')), ...args]) : 1;
}

/** @param {string} file */
function purposeOf(file) {
  return /\/\*\*\s*(.*?)(?:\s*\*\/|\n)/.exec(readFileSync(join(root, 'examples', file), 'utf8'))?.[1] ?? '';
}

/** @param {readonly string[]} command */
function run(command) {
  return spawnSync(process.execPath, command, { stdio: 'inherit' }).status ?? 1;
}
