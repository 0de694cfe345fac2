/**
 * `bench change`: how soon a change of the catalogue acts. Items that a shopper's list, a list of similar items and a search show are sold out, made dear
 * and emptied of stock, one after the other, and back again; from the moment a write is accepted, each of the three is asked again and again, on a
 * connection of its own, until it obeys.
 *
 * 1. A change that an answer doesn't obey within LIMIT_MS counts as missed, never as quick.
 * 2. Nothing else changes meanwhile: the model has learned all there is, so an item comes back where it was.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type BenchContext, type BenchResult, round } from '../bench.js';
import { type Caller, numberIn } from '../load/caller.js';
import { createLatencies, type Latencies } from '../load/latencies.js';
import { describeMachine } from '../machine.js';
import { COMMON_OPTIONS, type Resolved, resolveOptions, wholeNumber } from '../options.js';
import { openSite } from '../serve/site.js';
import { withWorkplace } from '../target/workplace.js';
import { CHANGES, type Change, STOCKED } from './changes.js';
import { type Answer, ANSWERS, findSubject, type Places, type Subject } from './subjects.js';

const OPTIONS = {
  items: wholeNumber('--items <number>', { help: 'items of the catalogue', fallback: 20_000, from: 200, to: 1_000_000 }),
  users: wholeNumber('--users <number>', { help: 'shoppers', fallback: 5_000, from: 10, to: 1_000_000 }),
  events: wholeNumber('--events <number>', { help: 'events learned before', fallback: 50_000, from: 100, to: 5_000_000 }),
  changes: wholeNumber('--changes <number>', { help: 'items that are changed in each way, and back', fallback: 50, from: 1, to: 5_000 }),
  ...COMMON_OPTIONS,
} as const;
type Options = Resolved<typeof OPTIONS>;

export const changeBench: Bench = {
  help: 'how soon a change of price, stock or availability acts on recommendations, similar items and searches',
  options: OPTIONS,
  run: (flags, context) => run(resolveOptions(OPTIONS, flags), context),
};

/** Of the issue: within so many milliseconds. */
const AIM_MS = 100;
const LIMIT_MS = 10_000;
const POLL_MS = 1;

function run(options: Options, context: BenchContext): Promise<BenchResult> {
  return withWorkplace(async (place) => {
    const site = await openSite({ ...options, workers: 0, retrieval: 'auto', logged: 1, shop: '' }, place, context);
    const places: Places = { target: site.asked.target, shoppers: site.shoppers };
    context.say(`changing ${options.changes} items in ${CHANGES.length} ways, and back`);
    const tally = createTally();
    const began = performance.now();
    for (let n = 0; n < options.changes; n++) {
      context.signal.throwIfAborted();
      const subject = await findSubject(places, n);
      try {
        await write(site.caller, subject, STOCKED);
        for (const change of CHANGES) await thereAndBack({ caller: site.caller, subject, change, tally });
      } finally {
        subject.close();
      }
    }
    const seconds = (performance.now() - began) / 1_000;
    await site.stop();
    return describe(options, tally, seconds);
  });
}

interface Measured {
  readonly caller: Caller;
  readonly subject: Subject;
  readonly change: Change;
  readonly tally: Tally;
}

async function thereAndBack({ caller, subject, change, tally }: Measured): Promise<void> {
  // What was written before, and what the filter needs to be collected, is no part of it.
  for (const answer of ANSWERS) await obeys(subject, { answer, change, shows: true });
  for (const shows of [false, true]) {
    await write(caller, subject, shows ? change.back : change.there);
    const acceptedAt = performance.now();
    await Promise.all(ANSWERS.map(async (answer) => {
      const isSo = await obeys(subject, { answer, change, shows });
      tally.add(answer, change, isSo ? performance.now() - acceptedAt : undefined);
    }));
  }
}

async function write(caller: Caller, { id }: Subject, fields: object): Promise<number> {
  return numberIn(await caller.postJson('/v1/items:batch', [{ id, op: 'patch', ...fields }]), 'sequence');
}

async function obeys(subject: Subject, { answer, change, shows }: { readonly answer: Answer; readonly change: Change; readonly shows: boolean }): Promise<boolean> {
  const deadline = performance.now() + LIMIT_MS;
  while (performance.now() < deadline) {
    if ((await subject.isShown(answer, change.filter)) === shows) return true;
    await sleep(POLL_MS);
  }
  return false;
}

interface Tally {
  /** Without a time it is missed. */
  add(answer: Answer, change: Change, ms: number | undefined): void;
  readonly byAnswer: ReadonlyMap<string, Latencies>;
  readonly byChange: ReadonlyMap<string, Latencies>;
  readonly counts: { readonly samples: number; readonly within: number; readonly missed: number };
}

function createTally(): Tally {
  const byAnswer = new Map(ANSWERS.map((answer) => [answer as string, createLatencies()]));
  const byChange = new Map(CHANGES.map(({ what }) => [what, createLatencies()]));
  const counts = { samples: 0, within: 0, missed: 0 };
  return {
    add(answer, { what }, ms) {
      counts.samples++;
      if (ms === undefined) return void counts.missed++;
      if (ms <= AIM_MS) counts.within++;
      byAnswer.get(answer)?.record(ms);
      byChange.get(what)?.record(ms);
    },
    byAnswer,
    byChange,
    counts,
  };
}

function describe({ items, users, events, changes, seed }: Options, { byAnswer, byChange, counts }: Tally, seconds: number): BenchResult {
  return {
    bench: 'change',
    measures: `act_ms: from the moment the client has the 202 of a change to the end of the first answer that obeys it, by what was asked, and by what was changed; every change there and back; answers are asked ${POLL_MS} ms after the one before`,
    not_measured: ['events and other changes meanwhile', 'several processes', 'a network between client and server', 'titles, categories and attributes that no filter names'],
    machine: describeMachine(),
    seconds: round(seconds),
    act_ms: figures(byAnswer),
    by_change_ms: figures(byChange),
    within_100_ms: Math.round((1e4 * counts.within) / Math.max(1, counts.samples)) / 1e4,
    samples: counts.samples,
    missed: counts.missed,
    items,
    users,
    events,
    changes,
    seed,
  };
}

function figures(latencies: ReadonlyMap<string, Latencies>): object {
  return Object.fromEntries([...latencies].map(([name, one]) => [name, Object.fromEntries([50, 90, 99, 100].map((p) => [p === 100 ? 'max' : `p${p}`, round(one.percentile(p))]))]));
}
