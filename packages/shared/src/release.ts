/** The release this is, from package.json beside the built files; every package of a release has the same. */
import { readFileSync } from 'node:fs';

export function readRelease(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
