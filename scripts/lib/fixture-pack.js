/**
 * A data directory in one file: tar (the program), then Brotli, whose window of 16 MiB sees that the three databases of a new server
 * are the same three times.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress } from 'node:zlib';

const LEFT_OUT = ['postgres.log', 'postmaster.pid', 'postmaster.opts', 'binaries'];

/**
 * @param {string} directory
 * @param {string} file
 */
export async function packDataDir(directory, file) {
  const excludes = LEFT_OUT.map((name) => `--exclude=${name}`);
  const tar = spawn('tar', ['-C', directory, ...excludes, '-cf', '-', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = /** @type {Promise<[number | null]>} */ (once(tar, 'exit'));
  const brotli = createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_LGWIN]: 24 } });
  await pipeline(tar.stdout, brotli, createWriteStream(file));
  const [code] = await ended;
  if (code !== 0) throw new Error(`tar ended with ${code}`);
}
