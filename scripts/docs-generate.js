/** Writes the pages that are made from the program itself: `npm run docs:generate`. Says which ones have changed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.js';
import { root } from './lib/files.js';

await build({ quiet: true }).catch((/** @type {unknown} */ error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
// Imports what was just built.
const { generatedPages } = await import('./lib/docs-pages.js');
for (const [page, text] of generatedPages()) {
  const file = join(root, page);
  const same = existsSync(file) && readFileSync(file, 'utf8') === text;
  if (!same) writeFileSync(file, text);
  process.stdout.write(`${page}: ${same ? 'as it was' : 'written'}\n`);
}
