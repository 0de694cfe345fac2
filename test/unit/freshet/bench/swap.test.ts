import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { askWithoutPause } from 'freshet/bench/swap/asking';
import { createNumberedModel } from 'freshet/bench/swap/numbered-model';
import { slopeOf } from 'freshet/bench/swap/slope';
import { expect, it } from 'vitest';
import { scanSimilar } from '@freshet/serving/rank/similar';
import { loadKernel } from '@freshet/serving/store/kernel';
import { createTablePool } from '@freshet/serving/store/table-pool';
import { decodeDelta } from '@freshet/shared/codec/delta';
import { apply } from '@freshet/shared/model/load';

const model = createNumberedModel(DEFAULT_MODEL, 200);

it('a row that a swap has left behind shows in the scores', async () => {
  const pool = createTablePool({ kernel: await loadKernel(), model: DEFAULT_MODEL, maxItems: 1_024, shelf: () => 'undescribed' });
  const set = await pool.take();
  apply(decodeDelta(model.delta(1, 1)), set);
  apply(decodeDelta(model.delta(2, 1)), set);
  const versions = (): Set<number> => {
    const count = scanSimilar(set, 7, { k: 150, column: 'served', filter: undefined });
    return new Set([...set.foundScores.subarray(0, count)].map(model.versionOf));
  };
  expect(versions()).toEqual(new Set([2]));
  const { tables } = decodeDelta(model.delta(3, 1));
  for (const { table, ids, values } of tables) if (table === 'item') set.write(table, ids.slice(100), values.slice((100 * values.length) / ids.length));
  expect(versions().size).toBeGreaterThan(1);
});

it('an answer that mixes versions, and one that is refused, are counted', async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    const score = (version: number): number => 1 / DEFAULT_MODEL.temperature + version;
    const items = Array.from({ length: 10 }, (_item, i) => ({ score: score(asked % 5 === 1 && i === 9 ? 3 : 4) }));
    const body = JSON.stringify(asked % 5 === 2 ? { title: 'no' } : { model_version: 4, items });
    response.writeHead(asked % 5 === 2 ? 503 : 200, { 'content-length': Buffer.byteLength(body) }).end(body);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const asking = askWithoutPause({ url: new URL(`http://127.0.0.1:${port}`), connections: 1, items: 200, versionOf: model.versionOf });
  await asking.reached(20);
  const { answers, mixed, errors, firstFault } = await asking.stop();
  server.close();
  expect(answers + errors).toBe(asked);
  expect(mixed).toBe(Math.ceil(asked / 5));
  expect(errors).toBe(Math.floor((asked + 3) / 5));
  expect(firstFault).toBe('version 4 with items of 4, 3 (10 items)');
});

it('the slope is what a line rises by', () => {
  expect(slopeOf([5, 7, 9, 11])).toBeCloseTo(2);
  expect(slopeOf([3])).toBe(0);
});
