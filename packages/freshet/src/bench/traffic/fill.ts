/** Fills an empty Freshet through its public API: the catalogue, then events, so that shoppers have histories. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FreshetError } from '@freshet/shared/errors';
import { type Caller, numberIn } from '../load/caller.js';
import { EVENTS_PATH, toDocument } from './events.js';
import { describeItem, type Shop } from './shop.js';
import type { ShopperEvent } from './shoppers.js';

const BATCH = 500;
const LEARN_LIMIT_MS = 1_800_000;

/** The sequence by which all of it is in the log. */
export async function fillCatalogue(caller: Caller, shop: Shop, seed: number): Promise<number> {
  let sequence = 0;
  for (let start = 0; start < shop.items; start += BATCH) {
    const count = Math.min(BATCH, shop.items - start);
    const answer = await caller.postJson('/v1/items:batch', Array.from({ length: count }, (_, i) => describeItem(shop, seed, start + i)));
    expectAccepted(answer, count);
    sequence = numberIn(answer, 'sequence');
  }
  return sequence;
}

export async function fillEvents(caller: Caller, shop: Shop, source: { readonly next: () => ShopperEvent; readonly count: number; readonly run: string }): Promise<number> {
  let sequence = 0;
  for (let start = 0; start < source.count; start += BATCH) {
    const count = Math.min(BATCH, source.count - start);
    const now = Date.now();
    const events = Array.from({ length: count }, (_, i) => toDocument(shop, source.next(), { id: `${source.run}-fill-${start + i}`, now }));
    const answer = await caller.postJson(EVENTS_PATH, events);
    expectAccepted(answer, count);
    sequence = numberIn(answer, 'sequence');
  }
  return sequence;
}

function expectAccepted(answer: Readonly<Record<string, unknown>>, count: number): void {
  const accepted = numberIn(answer, 'accepted');
  if (accepted !== count) throw new FreshetError('bench_fill', `${accepted} of ${count} were accepted: ${JSON.stringify(answer).slice(0, 500)}`);
}

/** Until the served model has learned entry `sequence`. */
export async function waitUntilLearned(caller: Caller, sequence: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + LEARN_LIMIT_MS;
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    const { status, body } = await caller.get(`/v1/models/latest?after_sequence=${sequence}`);
    if (status === 200) return;
    // 409: it has waited for a second already.
    if (status !== 409) throw new FreshetError('bench_request', `/v1/models/latest answered ${status}: ${body.toString('utf8', 0, 300)}`);
    await expectSound(caller);
    await sleep(1);
  }
  throw new FreshetError('bench_fill', `the model had not learned entry ${sequence} after ${LEARN_LIMIT_MS / 1_000} s`);
}

/** A version that serving refuses would make every wait run to its end. */
async function expectSound(caller: Caller): Promise<void> {
  const { refused } = await caller.getJson('/v1/models/latest');
  if (refused !== undefined) throw new FreshetError('bench_target', `serving refuses a version of the model: ${JSON.stringify(refused)}`);
}
