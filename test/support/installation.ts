/**
 * Freshet as it is built here, in a folder of its own: what a test changes inside of a package doesn't reach this checkout.
 * Packages are links, except for Freshet's own and those of `own`, which are copies.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Installation extends Disposable {
  readonly folder: string;
  /** The file that Node runs. */
  readonly main: string;
}

/** `own`: packages below node_modules, with a scope; what `filter` refuses isn't copied. */
export function installApart(own: readonly string[], filter: (file: string) => boolean = () => true): Installation {
  const folder = mkdtempSync(path.join(tmpdir(), 'freshet-apart-'));
  const modules = path.join(folder, 'node_modules');
  const link = (name: string): void => {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  };
  for (const name of packagesIn(path.join(ROOT, 'node_modules'))) {
    if (own.includes(name)) cpSync(path.join(ROOT, 'node_modules', name), path.join(modules, name), { recursive: true, filter });
    else if (name !== 'freshet' && !name.startsWith('@freshet/')) link(name);
  }
  mkdirSync(path.join(modules, '@freshet'), { recursive: true });
  for (const name of readdirSync(path.join(ROOT, 'packages'))) {
    for (const part of ['package.json', 'dist']) cpSync(path.join(ROOT, 'packages', name, part), path.join(folder, 'packages', name, part), { recursive: true });
    symlinkSync(path.join(folder, 'packages', name), path.join(modules, name === 'freshet' ? name : `@freshet/${name}`));
  }
  return {
    folder,
    main: path.join(folder, 'packages/freshet/dist/main.js'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function packagesIn(modules: string): string[] {
  return readdirSync(modules).flatMap((name) => {
    if (name.startsWith('.')) return [];
    return name.startsWith('@') ? readdirSync(path.join(modules, name)).map((inner) => `${name}/${inner}`) : [name];
  });
}
