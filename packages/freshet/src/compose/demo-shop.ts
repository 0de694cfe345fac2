/**
 * Whether the demo shop runs, and its way to the API. An empty database is filled with it; a database that it has filled
 * before gets its shoppers back; a shop's own data is left alone.
 */
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { toError } from '@freshet/shared/errors';
import type { Owner } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import { demoCatalogue } from '../demo/catalogue.js';
import { startDemo } from '../demo/start.js';

export type DemoState = 'empty' | 'demo' | 'own-data';

export async function demoState(entries: EntryLog, seed: number): Promise<DemoState> {
  const catalogueIds = new Set(demoCatalogue(seed).map((item) => item.id));
  let seq = 0;
  for (;;) {
    const page = await entries.read(seq, 100);
    if (page.length === 0) return 'empty';
    for (const entry of page) {
      if (entry.kind === 'catalogue') return entry.changes.some((change) => catalogueIds.has(change.id)) ? 'demo' : 'own-data';
      // Heartbeats are empty; anything else before a catalogue is somebody's own.
      if (entry.events.length > 0) return 'own-data';
      seq = entry.seq;
    }
  }
}

export interface DemoShop {
  readonly url: string;
  readonly state: DemoState;
  readonly rate: number;
  readonly seed: number;
}

/** Starts the shoppers; resolves when the catalogue and a short past have been sent. */
export async function openDemoShop(shop: DemoShop, { owner, log }: { owner: Owner; log: Logger }): Promise<void> {
  if (shop.state === 'own-data') return;
  const empty = shop.state === 'empty';
  const demo = startDemo({
    post: async (path, body, signal) => {
      const answer = await fetch(`${shop.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal });
      await answer.arrayBuffer();
      return { status: answer.status };
    },
    clock: systemClock,
    log: (line) => log.info(line),
    rate: shop.rate,
    seed: shop.seed,
    catalogue: empty,
    history: empty ? 2_000 : 0,
  });
  owner.defer('demo shop', () => demo.stop());
  await demo.ready.catch((thrown: unknown) => log.warn('the demo shop did not start', { error: toError(thrown).message }));
}
