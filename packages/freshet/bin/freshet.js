#!/usr/bin/env node
/**
 * The command `freshet`. In a checkout it first builds what is stale (to stderr only), then becomes the program:
 * same process, no child, so a signal from a terminal or a supervisor arrives where it is handled.
 */
import { existsSync, readFileSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Freshet needs Node 20.19 or newer; this is ${process.version}.\n`);
  process.exit(1);
}

if (isCheckout()) {
  const { build } = await import('../../../scripts/build.js');
  try {
    await build({ quiet: true });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
await import(new URL('../dist/main.js', import.meta.url).href);

/** Installed as a package, the folder three levels up is somebody else's: look at its name before running its scripts. */
function isCheckout() {
  const manifest = new URL('../../../package.json', import.meta.url);
  if (!existsSync(new URL('../../../scripts/build.js', import.meta.url)) || !existsSync(manifest)) return false;
  const { name } = /** @type {{ name?: unknown }} */ (JSON.parse(readFileSync(manifest, 'utf8')));
  return name === 'freshet-monorepo';
}
