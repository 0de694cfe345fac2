/**
 * `bench memory --of serving`: a serving process's model, catalogue and search, with the classes that a real one has. Items have a title of six words, two categories,
 * a brand, a price and two attributes.
 */
import { setImmediate } from 'node:timers/promises';
import type { ItemFields } from '@freshet/shared/domain/entry';
import { randomBelow } from '@freshet/shared/domain/random';
import { createSearcher } from '@freshet/serving/search/searcher';
import { loadKernel } from '@freshet/serving/store/kernel';
import { createShelf, type Shelf } from '@freshet/serving/store/shelf';
import { createTablePool, type TablePool } from '@freshet/serving/store/table-pool';
import { type BenchContext, type BenchResult, round } from '../bench.js';
import { describeMachine } from '../machine.js';
import { descriptions, loadFollowers, loadModel, type Sizes } from './fill.js';
import { measureParts, megabytes } from './measure.js';

const COLOURS = ['red', 'green', 'blue', 'black', 'white', 'grey', 'brown', 'beige'] as const;
/** Milliseconds that the lists are worked at between two turns of the event loop. */
const TEND_MS = 50;

export async function measureServing(sizes: Sizes, context: BenchContext): Promise<BenchResult> {
  const began = performance.now();
  const { parts, part } = await measureParts(context);
  const shelf: Shelf = createShelf((id) => pool.refresh(id));
  const pool: TablePool = createTablePool({ kernel: await loadKernel(), model: sizes.model, maxItems: sizes.items, maxWords: sizes.words, shelf: shelf.state });
  const set = await pool.take();
  const searcher = createSearcher({ catalogue: () => shelf.catalogue });
  await part('model_mb', () => loadModel(set, sizes));
  await part('followers_mb', () => loadFollowers(set, sizes));
  await part('lists_mb', async () => {
    while (set.tend(performance.now() + TEND_MS) !== 'turns') {
      context.signal.throwIfAborted();
      await setImmediate();
    }
  });
  await part('catalogue_mb', () => {
    for (const { changes, seq } of descriptions(sizes, (row) => describe(row, sizes.seed))) changes.forEach((change, index) => shelf.apply(change, { seq, index }));
  });
  await part('search_mb', async () => {
    for (const document of shelf.catalogue.entries()) searcher.change(document.id, undefined, document);
    await searcher.settled();
  });
  const { rss, heapUsed } = process.memoryUsage();
  return {
    bench: 'memory',
    measures: 'resident memory after the collection of garbage, of a process that holds the model, the catalogue and the search of serving; each part is what the process grew by while it was filled',
    not_measured: ['a second table set, which a process keeps after a version of very many rows', 'histories, HTTP, Postgres’ client, answers on their way', 'what the runtime takes between two collections: see peak_mb'],
    machine: describeMachine(),
    seconds: round((performance.now() - began) / 1_000),
    rss_mb: megabytes(rss),
    heap_mb: megabytes(heapUsed),
    peak_mb: round(process.resourceUsage().maxRSS / 1_000),
    held: { items: set.rows - 1, words: set.words.count, documents: shelf.catalogue.size, searched: searcher.size, lists: set.ends.lists },
    parts,
  };
}

function describe(row: number, seed: number): ItemFields {
  const theme = randomBelow(2_000, seed, row, 50);
  return {
    categories: [`department ${theme % 12}`, `theme ${theme}`],
    brand: `brand ${randomBelow(600, seed, row, 51)}`,
    price: 1 + randomBelow(20_000, seed, row, 52) / 100,
    attributes: { colour: COLOURS[randomBelow(COLOURS.length, seed, row, 53)] ?? 'red', weight: randomBelow(50, seed, row, 54) },
  };
}
