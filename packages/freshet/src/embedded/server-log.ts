/**
 * The embedded server's own log: a file beside the data, at most two of MAX_BYTES each. The end of it goes into errors.
 */
import { copyFile, open, stat, truncate } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

export interface ServerLog {
  readonly file: string;
  readonly fd: number;
  /** What the server wrote since this log was opened, at most the last few thousand characters. */
  tail(): Promise<string>;
  close(): Promise<void>;
}

const MAX_BYTES = 10 * 2 ** 20;
const TAIL_BYTES = 4_096;
const CHECK_MS = 60_000;

export async function openServerLog(file: string): Promise<ServerLog> {
  await limitSize(file);
  const handle = await open(file, 'a+', 0o600);
  const start = (await handle.stat()).size;
  const timer = setInterval(() => void limitSize(file), CHECK_MS);
  timer.unref();
  return {
    file,
    fd: handle.fd,
    tail: () => readTail(handle, start),
    close: async () => {
      clearInterval(timer);
      await handle.close();
    },
  };
}

/** The server keeps the file open for appending, so it is copied and emptied rather than renamed. */
async function limitSize(file: string): Promise<void> {
  try {
    if ((await stat(file)).size < MAX_BYTES) return;
    await copyFile(file, `${file}.1`);
    await truncate(file);
  } catch {
    // Not there yet, or the disk is full: the next check tries again.
  }
}

async function readTail(handle: FileHandle, start: number): Promise<string> {
  const { size } = await handle.stat();
  const from = Math.max(Math.min(start, size), size - TAIL_BYTES);
  const buffer = Buffer.alloc(size - from);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
  return buffer.toString('utf8', 0, bytesRead);
}
