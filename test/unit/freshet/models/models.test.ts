/** `freshet models` against a whole serving process in memory: real requests, real answers. */
import { describe, expect, it } from 'vitest';
import { makeModel } from '../../serving/support/model.js';
import { serve } from '../../serving/support/serving.js';
import { run } from '../cli/world.js';

type Site = Awaited<ReturnType<typeof serve>>;

async function site(versions: number): Promise<Site> {
  const made = await serve();
  for (let version = 1; version <= versions; version++) await made.publish(makeModel(version, 30), 2);
  await expect.poll(async () => (await made.get(`/v1/models/${versions}`)).status).toBe(200);
  return made;
}

const models = (one: Site, ...words: string[]) => run(['models', ...words, '--url', one.url]);

describe('freshet models', () => {
  it('lists which version answers and the last ones, as a table and as one document', async () => {
    await using one = await site(3);
    const { stdout, thrown, exitCode } = await models(one, 'list');
    expect([thrown, exitCode]).toEqual([undefined, undefined]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('Answers come from version 3; it has learned up to entry 6 and knows 30 items.');
    expect(lines[2]).toMatch(/^version {2}entries {2}bytes +rows +committed$/);
    expect(lines.slice(3).map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([['3', '5–6'], ['2', '3–4'], ['1', '1–2']]);
    const document = JSON.parse((await models(one, 'list', '--json', '--limit', '1')).stdout) as object;
    expect(document).toMatchObject({ serving: { version: 3 }, labels: [], versions: [{ version: 3 }], events: [] });
  });

  it('shows one version', async () => {
    await using one = await site(2);
    const { stdout } = await models(one, 'show', '2');
    expect(stdout).toContain('Version 2 has learned the entries 3 to 4 (epoch 1).');
    expect(stdout).toMatch(/\d+ rows of item, .* in \d+ bytes, checksum [0-9a-f]{64}\./);
    expect(JSON.parse((await models(one, 'show', '1', '--json')).stdout)).toMatchObject({ version: 1, to_seq: 2 });
    expect((await models(one, 'show', '9')).thrown).toMatchObject({ code: 'version_not_found' });
  });

  it('rolls back, waits until it is so, says so, and undoes it', async () => {
    await using one = await site(3);
    const back = await models(one, 'rollback', '2', '--reason', 'worse since noon');
    expect(back.stdout).toMatch(/^Answers come from version 2, pinned since \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ \(worse since noon\); the newest is 3; it has learned up to entry 4/);
    expect((await one.get('/v1/trending')).body['model_version']).toBe(2);
    const listed = (await models(one, 'list')).stdout;
    expect(listed).toMatch(/^loaded +3 → 2 +\S+ \S+ +pinned$/m);
    expect(listed).toMatch(/^pinned +2 +\S+ \S+ +worse since noon$/m);
    const undone = await models(one, 'rollback', '--undo', '--json');
    expect(JSON.parse(undone.stdout)).toMatchObject({ serving: { version: 3 }, answering: true });
    expect((await models(one, 'rollback', '--undo')).thrown).toMatchObject({ code: 'label_not_set' });
  });

  it('lists what labels name, how far this process has come with them, and what became of them', async () => {
    await using one = await site(3);
    await one.put('/v1/models/labels/canary', { version: 2, share: 0.05, reason: 'the refit' });
    await one.put('/v1/models/labels/shadow', { version: 1, share: 1 });
    await expect.poll(async () => (await models(one, 'list')).stdout).toMatch(/^shadow +1 +100 % +\S+ \S+ +yes/m);
    await one.post('/v1/recommendations', { item_id: 'item-3', limit: 5 });
    await expect.poll(async () => (await models(one, 'list')).stdout).toMatch(/^shadow +1 .*of 1 lists \d+ % are the same, score drift \d\.\d\d$/m);
    const { stdout } = await models(one, 'list');
    expect(stdout).toMatch(/^label +version +share +since +here +reason$/m);
    expect(stdout).toMatch(/^canary +2 +5 % +\S+ \S+ +yes +the refit$/m);
    expect(stdout).toMatch(/^labelled +2 +\S+ \S+ +canary 0\.05: the refit$/m);
    expect(stdout).toMatch(/^loaded +2 +\S+ \S+ +canary$/m);
  });

  it('refuses what it can’t do, with a sentence', async () => {
    await using one = await site(2);
    const gone = await models(one, 'rollback', '7');
    expect(gone.thrown).toMatchObject({ code: 'version_not_rebuildable' });
    expect(String(gone.thrown)).toContain('1 to 2 can');
    for (const words of [['rollback'], ['rollback', '1', '--undo'], ['rollback', 'one'], ['show', '0'], ['list', '--limit', '101']]) {
      expect((await models(one, ...words)).thrown).toMatchObject({ name: 'UsageError' });
    }
  });
});
