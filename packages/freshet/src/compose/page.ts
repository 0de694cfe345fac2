/**
 * The web page of a process that serves: the console's files, as its package has them, at `/` and `/console/…`.
 * The page talks REST like anybody else; nothing of it runs here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FreshetError } from '@freshet/shared/errors';
import type { RouteRegistrar } from '@freshet/shared/http/route';
import { registerStaticFiles, type StaticFile } from '@freshet/shared/http/static-files';

/** As written, and as built. */
const FOLDERS = ['public/', 'dist/'];
const SERVED = /\.(?:html|css|svg|js)$/;
const INDEX = 'index.html';

export function registerPage(http: RouteRegistrar): void {
  const files = FOLDERS.flatMap(readFolder);
  if (!files.some(({ name }) => name === 'main.js')) throw new FreshetError('console_not_built', 'The page of packages/console is not built: run "npm run build".');
  registerStaticFiles(http, { prefix: '/console', files, index: INDEX });
}

function readFolder(folder: string): StaticFile[] {
  const path = fileURLToPath(new URL(folder, import.meta.resolve('@freshet/console/package.json')));
  return readdirSync(path).filter((name) => SERVED.test(name)).map((name) => ({ name, bytes: readFileSync(path + name) }));
}
