/** Every stored format says which it is: what release 0.1.0 wrote is read, a newer one is refused as newer, damage as damage. */
import { decodeDelta, DELTA_MAGIC, encodeDelta } from '@freshet/shared/codec/delta';
import { isNewerFormat } from '@freshet/shared/codec/format-version';
import { decodePayload, encodePayload } from '@freshet/shared/codec/payload';
import { decodeDocument, decodeHistory, encodeDocument, encodeHistory } from '@freshet/shared/codec/state';
import { CorruptionError } from '@freshet/shared/errors';
import { describe, expect, test } from 'vitest';

interface Format {
  readonly name: string;
  /** As this release writes it. */
  readonly written: Buffer;
  /** The same in another format version. */
  readonly as: (version: unknown) => Buffer;
  readonly read: (bytes: Buffer) => unknown;
  /** The format that is written, where it isn't 1. */
  readonly version?: number;
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const delta = encodeDelta({
  header: { flags: 0, version: 1, fromSeq: 1, toSeq: 1, learnedMs: 0, epoch: 1, dim: 16, configHash: 1, trainingHash: 1 },
  vocabulary: [],
  tables: [],
});

const FORMATS: readonly Format[] = [
  {
    name: 'a log entry’s payload',
    written: encodePayload({ kind: 'events', events: [] }),
    as: (v) => json({ v, events: [] }),
    read: (bytes) => decodePayload('events', bytes),
  },
  {
    name: 'a shopper’s history',
    written: encodeHistory({ events: [], seen: new Map(), refusals: 0 }),
    as: (version) => json([version, null, [], []]),
    read: decodeHistory,
  },
  {
    name: 'an item’s document',
    written: encodeDocument({ id: 'mug' } as never),
    as: (version) => json([version, { id: 'mug' }]),
    read: decodeDocument,
  },
  {
    name: 'a delta',
    written: delta,
    as: (version) => {
      const bytes = Buffer.from(delta);
      bytes.write(String(version), 3, 1, 'latin1');
      return bytes;
    },
    read: decodeDelta,
    version: 2,
  },
];

const refusal = (format: Format, bytes: Buffer): unknown => {
  try {
    return format.read(bytes);
  } catch (thrown) {
    return thrown;
  }
};

describe.each(FORMATS)('$name', (format) => {
  const { version = 1 } = format;
  test('is written in its newest format, which is read, as are those before', () => {
    expect(format.as(version)).toEqual(format.written);
    for (let before = 1; before <= version; before++) expect(refusal(format, format.as(before))).not.toBeInstanceOf(Error);
  });

  test('in a newer format is refused with what to do', () => {
    const error = refusal(format, format.as(version + 1));
    expect(isNewerFormat(error)).toBe(true);
    expect(error).toBeInstanceOf(CorruptionError);
    expect(String(error)).toMatch(/has format \d and this release reads \d: it was written by a newer Freshet; start that version, or restore a backup/);
  });

  test.each([0, 'x', null])('in a format that no release has written (%j) is damage', (version) => {
    const error = refusal(format, format.as(version));
    expect(error).toBeInstanceOf(CorruptionError);
    expect(isNewerFormat(error)).toBe(false);
  });
});

test('a delta’s magic number ends with its format', () => {
  expect(Buffer.from(Uint32Array.of(DELTA_MAGIC).buffer).toString('latin1')).toBe('FRD2');
});
