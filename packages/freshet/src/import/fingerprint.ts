/**
 * Whether a file is the one it was: its size, and hashes of its beginning and its end.
 *
 * 1. A file that has only grown is recognised: the bytes that were there are the same.
 * 2. The key of an import (file and how it is read) makes the ids of its rows, the same in every run.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

export interface Fingerprint {
  readonly bytes: number;
  /** Hashes of the first and the last bytes, `EDGE_BYTES` at most each. */
  readonly head: string;
  readonly tail: string;
}

const EDGE_BYTES = 65_536;

/** Of the whole file, or of its first `bytes`; undefined when it has fewer. */
export async function fingerprintOf(path: string, bytes?: number): Promise<Fingerprint | undefined> {
  await using file = await open(path, 'r');
  const size = (await file.stat()).size;
  const end = bytes ?? size;
  if (end > size) return undefined;
  const hashAt = async (from: number, to: number): Promise<string> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
    return hash(buffer.subarray(0, bytesRead));
  };
  return { bytes: end, head: await hashAt(0, Math.min(end, EDGE_BYTES)), tail: await hashAt(Math.max(0, end - EDGE_BYTES), end) };
}

/** Of a stream, which shows only its beginning: the same stream gets the same ids again. */
export function fingerprintOfHead(head: Buffer): Fingerprint {
  return { bytes: 0, head: hash(head.subarray(0, EDGE_BYTES)), tail: '' };
}

export function isSame(a: Fingerprint, b: Fingerprint | undefined): boolean {
  return b !== undefined && a.bytes === b.bytes && a.head === b.head && a.tail === b.tail;
}

/** Everything that decides which events a row becomes: other choices, other ids. */
export interface Plan {
  readonly kind: 'events' | 'items';
  readonly columns?: string | undefined;
  readonly preset?: string | undefined;
  readonly type?: string | undefined;
  readonly dateOrder?: string | undefined;
  readonly timeZone?: string | undefined;
}

const KEY_CHARS = 16;

export function keyOf({ bytes, head, tail }: Fingerprint, plan: Plan): string {
  return hash(Buffer.from(JSON.stringify([bytes, head, tail, describePlan(plan)]))).slice(0, KEY_CHARS);
}

/** The same plan gives the same text. */
export function describePlan({ kind, columns, preset, type, dateOrder, timeZone }: Plan): string {
  const choices = { columns, preset, type, 'date-order': dateOrder, 'time-zone': timeZone };
  const given = Object.entries(choices).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]));
  return [kind, ...given].join(' ');
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
