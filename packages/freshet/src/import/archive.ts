/**
 * Whether a packed file is whole, before any of it is sent: of half an archive, half would be imported, and the whole one
 * later would be another file. On the way its lines are counted, for the progress bar.
 */
import { toError, UsageError } from '@freshet/shared/errors';
import type { Progress } from '../cli/progress.js';
import { openBytes } from '../files/bytes.js';

const LINE_END = 0x0a;

/** Out: the number of lines. */
export async function checkArchive(path: string, progress: Progress): Promise<number> {
  const bytes = await openBytes(path);
  let lines = 1;
  try {
    for await (const piece of bytes.open({ gzip: true }) as AsyncIterable<Buffer>) {
      for (let at = piece.indexOf(LINE_END); at >= 0; at = piece.indexOf(LINE_END, at + 1)) lines++;
      progress.step('checking the archive', bytes.position(), bytes.size);
    }
    return lines;
  } catch (cause) {
    throw new UsageError('archive_damaged', `${path} is not whole (${toError(cause).message}); nothing of it was imported.`, { cause });
  }
}
