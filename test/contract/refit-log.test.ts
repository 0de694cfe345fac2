/** The refit log's contract: one under way, states that only go forward, fenced by the leader's epoch. */
import { randomUUID } from 'node:crypto';
import { memoryRefitLog } from '@freshet/shared/adapters/memory/refit-log';
import { postgresRefitLog } from '@freshet/shared/adapters/postgres/refit-log';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { RefitLog } from '@freshet/shared/ports/refit-log';
import { describe, expect, it } from 'vitest';
import { useModelDatabase } from '../support/model-database.js';

const model = useModelDatabase();
const options = { epochs: 5, gate: 1_000 };
const report = { examples: 10, epochs: 5, seconds: 1.5, applied: 7, items: 3 };

describe.each<[where: string, open: () => Promise<RefitLog>]>([
  ['on Postgres', async () => postgresRefitLog(model.pool, await model.newLineage())],
  ['in memory', () => Promise.resolve(memoryRefitLog(systemClock))],
])('the refit log %s', (_where, open) => {
  it('has one under way at most, and another once that has ended', async () => {
    const log = await open();
    const first = await log.ask('by hand', options);
    expect(first).toMatchObject({ state: 'asked', reason: 'by hand', options });
    expect(await log.ask('again', options)).toBeUndefined();
    expect((await log.underWay())?.id).toBe(first?.id);
    await log.end(first?.id ?? 0, 'failed', { outcome: 'no memory' });
    expect(await log.underWay()).toBeUndefined();
    const second = await log.ask('again', options);
    expect((await log.list(10)).map(({ state, outcome }) => [state, outcome])).toEqual([['asked', ''], ['failed', 'no memory']]);
    expect(await log.find(second?.id ?? 0)).toMatchObject({ reason: 'again' });
    expect(await log.find(999_999)).toBeUndefined();
  });

  it('goes from asked over running to ready with its candidate and what was measured', async () => {
    const log = await open();
    const id = (await log.ask('', options))?.id ?? 0;
    const candidate = { id: randomUUID(), chunks: 3, bytes: 900 };
    expect(await log.ready(id, 1, { candidate, report })).toBe(false);
    expect(await log.begin(id, 1)).toBe(true);
    expect(await log.ready(id, 1, { candidate, report })).toBe(true);
    expect(await log.underWay()).toMatchObject({ state: 'ready', candidate, report });
  });

  it('is begun anew by a later leader, and an earlier one can’t go on with it', async () => {
    const log = await open();
    const id = (await log.ask('', options))?.id ?? 0;
    await log.begin(id, 4);
    expect(await log.begin(id, 5)).toBe(true);
    expect(await log.begin(id, 4)).toBe(false);
    expect(await log.ready(id, 4, { candidate: { id: randomUUID(), chunks: 1, bytes: 1 }, report })).toBe(false);
    expect((await log.underWay())?.state).toBe('running');
  });

  it('keeps what a refused one had measured, and doesn’t end one twice', async () => {
    const log = await open();
    const id = (await log.ask('', options))?.id ?? 0;
    await log.begin(id, 1);
    await log.end(id, 'refused', { outcome: 'worse', report });
    await log.end(id, 'failed', { outcome: 'late' });
    expect(await log.find(id)).toMatchObject({ state: 'refused', outcome: 'worse', report });
  });
});
