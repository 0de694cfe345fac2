/** The backup file: whole or refused, byte for byte. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { encodeManifest, type Manifest, parseManifest, type Section } from 'freshet/backup/manifest';
import { createOutputFile } from 'freshet/backup/output-file';
import { openBackup } from 'freshet/backup/reader';
import { restoreBackup } from 'freshet/backup/restore';
import { createWriter } from 'freshet/backup/writer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROWS: Readonly<Record<string, string>> = { first: 'a row or two '.repeat(20), empty: '', second: 'other rows' };

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'freshet-backup-file-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

function manifestOf(tables: readonly Section[], files: readonly string[] = ['0001_log']): Manifest {
  return {
    release: '9.9.0',
    level: { files, queue: 11 },
    postgres: '18.4',
    takenAt: '2026-11-22T12:00:00.000Z',
    place: { sequence: 7, modelVersion: 3, applied: 7, modelChecksum: 'aa' },
    tables,
    partitions: [{ schema: 'freshet', name: 'log_entry_1', parent: 'log_entry', bound: "FOR VALUES FROM ('1') TO ('20001')" }],
    sequences: [{ schema: 'bullmq', name: 'job_seq', last: '12' }, { schema: 'bullmq', name: 'event_seq', last: null }],
  };
}

async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  for (const letter of text.match(/.{1,7}/gs) ?? []) yield await Promise.resolve(Buffer.from(letter));
}

/** A backup of three small tables. */
async function writeBackup(name: string, files?: readonly string[]): Promise<string> {
  const file = path.join(directory, name);
  const output = await createOutputFile(file, { replace: true });
  const writer = await createWriter(output);
  const tables: Section[] = [];
  for (const [table, text] of Object.entries(ROWS)) {
    const section = await writer.section({ schema: 'freshet', name: table, columns: ['a', 'b'], encoding: 'binary' }, chunksOf(text), () => undefined);
    tables.push({ ...section, rows: 2 });
  }
  await writer.close(manifestOf(tables, files));
  await output.finish();
  return file;
}

async function textOf(rows: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of rows) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('a backup file', () => {
  test('gives back what was written, and says what it is', async () => {
    const backup = await openBackup(await writeBackup('whole.backup'));
    expect(backup.manifest).toEqual(manifestOf(backup.manifest.tables));
    const read = await Promise.all(backup.manifest.tables.map(async (section) => [section.name, await textOf(backup.rowsOf(section))]));
    expect(Object.fromEntries(read)).toEqual(ROWS);
    expect(backup.bytes).toBe((await stat(path.join(directory, 'whole.backup'))).size);
  });

  test('is refused when any one of its bytes is another', async () => {
    const whole = await readFile(await writeBackup('sound.backup'));
    const file = path.join(directory, 'flipped.backup');
    const accepted: number[] = [];
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << at % 8);
      await writeFile(file, bytes);
      const refusal = await openBackup(file).then(() => undefined, (error: unknown) => error);
      if (refusal === undefined) accepted.push(at);
      else expect(refusal).toMatchObject({ code: expect.stringMatching(/^backup_/) as string });
    }
    expect(whole.length).toBeGreaterThan(500);
    expect(accepted).toEqual([]);
  });

  test('is refused when it ends anywhere before its end, or goes on after it', async () => {
    const whole = await readFile(await writeBackup('to-cut.backup'));
    const file = path.join(directory, 'cut.backup');
    const accepted: number[] = [];
    for (let length = 0; length < whole.length; length++) {
      await writeFile(file, whole.subarray(0, length));
      await openBackup(file).then(() => accepted.push(length), () => undefined);
    }
    expect(accepted).toEqual([]);
    await writeFile(file, Buffer.concat([whole, Buffer.from([0])]));
    await expect(openBackup(file)).rejects.toMatchObject({ code: 'backup_cut_short' });
  });

  test('says which rows are damaged', async () => {
    const file = await writeBackup('rows.backup');
    const { manifest } = await openBackup(file);
    const second = manifest.tables.find((table) => table.name === 'second');
    const bytes = await readFile(file);
    const at = (second?.offset ?? 0) + 12;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(file, bytes);
    await expect(openBackup(file)).rejects.toMatchObject({ code: 'backup_damaged', message: expect.stringContaining('freshet.second') as string });
  });

  test('that changes between its check and its reading gives an error, not other rows', async () => {
    const file = await writeBackup('changed.backup');
    const backup = await openBackup(file);
    const first = backup.manifest.tables[0];
    if (first === undefined) throw new Error('no table');
    const bytes = await readFile(file);
    // The operating system's byte in gzip's header: the rows come out as they were.
    bytes[first.offset + 9] = 0xff;
    await writeFile(file, bytes);
    expect(gunzipSync(bytes.subarray(first.offset, first.offset + first.bytes)).toString()).toBe(ROWS['first']);
    await expect(textOf(backup.rowsOf(first))).rejects.toMatchObject({ code: 'backup_damaged' });
  });

  test('of a newer format is refused with what to do', async () => {
    const file = await writeBackup('newer.backup');
    const bytes = await readFile(file);
    bytes.writeUInt32LE(2, 8);
    await writeFile(file, bytes);
    await expect(openBackup(file)).rejects.toMatchObject({ name: 'UsageError', code: 'backup_newer', message: expect.stringContaining('newer Freshet') as string });
  });

  test.each([['a text', 'hello '.repeat(100)], ['nothing', '']])('is not %s', async (_what, text) => {
    const file = path.join(directory, 'other.txt');
    await writeFile(file, text);
    await expect(openBackup(file)).rejects.toMatchObject({ name: 'UsageError', code: 'backup_file' });
  });

  test('made by a newer release is refused before any database is looked at, naming that release', async () => {
    const file = await writeBackup('release.backup', ['0001_log', '0999_future']);
    const request = { file, databaseUrl: 'postgresql://nobody@127.0.0.1:1/none', dataDir: '', replace: false, say: () => undefined, progress: () => undefined, signal: new AbortController().signal };
    await expect(restoreBackup(request)).rejects.toMatchObject({ name: 'UsageError', code: 'backup_newer', message: expect.stringMatching(/9\.9\.0, step 0999_future/) as string });
  });
});

describe('a manifest', () => {
  const whole = manifestOf([{ schema: 'freshet', name: 't', columns: ['a'], encoding: 'binary', rows: 1, rawBytes: 2, offset: 16, bytes: 3, sha256: 'ff' }]);

  test('survives writing and reading', () => {
    expect(parseManifest(encodeManifest(whole))).toEqual(whole);
  });

  test('may have fields that a later release adds', () => {
    expect(parseManifest(Buffer.from(JSON.stringify({ ...whole, later: true })))).toEqual(whole);
  });

  test.each([
    ['release', { release: 7 }],
    ['level', { level: null }],
    ['level.files[0]', { level: { files: [1], queue: 1 } }],
    ['tables', { tables: {} }],
    ['tables[0].rows', { tables: [{ ...whole.tables[0], rows: -1 }] }],
    ['tables[0].encoding', { tables: [{ ...whole.tables[0], encoding: 'csv' }] }],
    ['partitions[0].bound', { partitions: [{ schema: 'freshet', name: 'x', parent: 'y' }] }],
    ['tables[0].schema', { tables: [{ ...whole.tables[0], schema: 'pg_catalog' }] }],
    ['partitions[0].schema', { partitions: [{ ...whole.partitions[0], schema: 'public' }] }],
    ['sequences[1].schema', { sequences: [whole.sequences[0], { schema: 'public', name: 'orders_id_seq', last: '1' }] }],
    ['sequences[0].last', { sequences: [{ schema: 'bullmq', name: 'x' }] }],
  ])('with a wrong %s is refused by that name', (name, change) => {
    const bytes = Buffer.from(JSON.stringify({ ...whole, ...change }));
    expect(() => parseManifest(bytes)).toThrow(expect.objectContaining({ code: 'backup_manifest', message: expect.stringContaining(name) as string }));
  });

  test('that is not JSON is refused', () => {
    expect(() => parseManifest(Buffer.from('{'))).toThrow(expect.objectContaining({ code: 'backup_manifest' }));
  });
});

describe('the file being written', () => {
  test('has its name only when it is whole, and only its owner may read it', async () => {
    const file = path.join(directory, 'slow.backup');
    const output = await createOutputFile(file, { replace: false });
    await output.write(Buffer.from('first half'));
    expect((await readdir(directory)).filter((name) => name.startsWith('slow'))).toEqual(['slow.backup.partial']);
    await output.finish();
    await output.discard();
    expect((await readdir(directory)).filter((name) => name.startsWith('slow'))).toEqual(['slow.backup']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('leaves nothing behind when it is given up, and the old one as it was', async () => {
    const file = path.join(directory, 'kept.backup');
    await writeFile(file, 'old');
    const output = await createOutputFile(file, { replace: true });
    await output.write(Buffer.from('new'));
    await output.discard();
    expect((await readdir(directory)).filter((name) => name.startsWith('kept'))).toEqual(['kept.backup']);
    expect(await readFile(file, 'utf8')).toBe('old');
  });

  test('never replaces a file unasked', async () => {
    const file = path.join(directory, 'there.backup');
    await writeFile(file, 'old');
    await expect(createOutputFile(file, { replace: false })).rejects.toMatchObject({ name: 'UsageError', code: 'backup_exists' });
  });

  test('takes the place of what a killed process left, and that one can’t spoil it', async () => {
    const file = path.join(directory, 'twice.backup');
    const killed = await createOutputFile(file, { replace: false });
    await killed.write(Buffer.from('left behind'));
    const next = await createOutputFile(file, { replace: false });
    await next.write(Buffer.from('sound'));
    await killed.write(Buffer.from('more'));
    await expect(killed.finish()).rejects.toMatchObject({ code: 'backup_overtaken' });
    await killed.discard();
    await next.finish();
    expect(await readFile(file, 'utf8')).toBe('sound');
  });

  test('says when its place can’t be written', async () => {
    await expect(createOutputFile(path.join(directory, 'no/such/x.backup'), { replace: false })).rejects.toMatchObject({ name: 'UsageError', code: 'backup_file' });
    await expect(createOutputFile(directory, { replace: true })).rejects.toMatchObject({ name: 'UsageError', code: 'backup_file' });
  });
});
