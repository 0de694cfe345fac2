/**
 * Recomputes answers from what was published: each must be what its one version gives for the history it names, by
 * MODEL.md's formula in plain doubles.
 */
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { parseUserRef, type UserRef } from '@freshet/shared/domain/event';
import { createHistories } from '@freshet/shared/domain/histories';
import { emptyHistory, type History } from '@freshet/shared/domain/history';
import { pseudonymOf } from '@freshet/shared/domain/keys';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import type { Pool } from 'pg';
import { referenceScores } from '../unit/serving/support/reference.js';
import type { ListAnswer } from './api-client.js';
import { publishedModels } from './published-model.js';

/** A personal list, whose it is, and when it was asked for (milliseconds since 1970). */
export interface Asked {
  readonly user: string;
  readonly at: number;
  readonly answer: ListAnswer;
}

export interface Recomputed {
  /** Answers that their version does not explain. */
  readonly wrong: readonly object[];
  /** Answers that the version before would not have explained: among these a mixture would show. */
  readonly telling: number;
}

/** Scores are near ±20, in single precision and printed with five decimals. */
const TOLERANCE = 1e-3;

/** Whatever snapshots are cut, the deltas before them stay: `recompute` needs them all. To be called before any is published. */
export async function keepDeltas(pool: Pool): Promise<void> {
  await pool.query(`
    create function freshet.keep() returns trigger language plpgsql as 'begin return null; end';
    create trigger keep before delete on freshet.delta for each row execute function freshet.keep()`);
}

/** Needs the whole chain of deltas (`keepDeltas`), as the default model makes them. */
export async function recompute(pool: Pool, asked: readonly Asked[]): Promise<Recomputed> {
  const histories = await historiesOf(pool, asked);
  const wrong: object[] = [];
  let telling = 0;
  let before: Parameters<typeof referenceScores>[0] | undefined;
  for await (const { version, data } of publishedModels(postgresDeltaLog({ pool, clock: systemClock }), DEFAULT_MODEL.dim)) {
    for (const one of asked) {
      if (one.answer.model_version !== version) continue;
      const history = histories.get(one) ?? emptyHistory();
      const error = errorOf(one, referenceScores(data, history, { now: one.at, temperature: DEFAULT_MODEL.temperature }));
      if (error > TOLERANCE) wrong.push({ user: one.user, version, error });
      if (before !== undefined && errorOf(one, referenceScores(before, history, { now: one.at, temperature: DEFAULT_MODEL.temperature })) > TOLERANCE) telling++;
    }
    before = data;
  }
  return { wrong, telling };
}

/** How far the answer's scores are from these, and its last item from the best one left out. */
function errorOf({ answer }: Asked, scores: ReadonlyMap<string, number>): number {
  const shownIds = new Set(answer.items.map(({ id }) => id));
  const last = answer.items.at(-1)?.score ?? Number.NaN;
  const bestOther = Math.max(...[...scores].filter(([id]) => !shownIds.has(id)).map(([, score]) => score));
  const errors = answer.items.map(({ id, score }) => Math.abs(score - (scores.get(id) ?? Number.NaN)));
  const worst = Math.max(...errors, bestOther - last);
  return Number.isNaN(worst) ? Number.POSITIVE_INFINITY : worst;
}

/** The history that each answer names: the log folded up to its `history_seq`. */
async function historiesOf(pool: Pool, asked: readonly Asked[]): Promise<Map<Asked, History>> {
  const refs = await refsOf(pool, new Set(asked.map(({ user }) => user)));
  const histories = createHistories();
  const found = new Map<Asked, History>();
  const log = postgresEntryLog(pool);
  for (let seq = 0; found.size < asked.length; ) {
    for (const entry of await log.read(seq, 1_000)) {
      if (entry.kind === 'events') entry.events.forEach((event, index) => histories.apply(event, { seq: entry.seq, index }));
      seq = entry.seq;
      for (const one of asked) {
        const ref = refs.get(one.user);
        if (one.answer.history_seq === seq && ref !== undefined) found.set(one, structuredClone(histories.find(ref) ?? emptyHistory()));
      }
    }
  }
  return found;
}

async function refsOf(pool: Pool, users: ReadonlySet<string>): Promise<Map<string, UserRef>> {
  const refs = new Map<string, UserRef>();
  for (const user of users) {
    const found = await pool.query<{ ref: string }>(`select lpad(to_hex(ref), 16, '0') as ref from freshet.user_ref_map where pseudonym = $1::uuid`, [pseudonymOf('user', user).toString('hex')]);
    const ref = parseUserRef(found.rows[0]?.ref ?? '');
    if (ref !== undefined) refs.set(user, ref);
  }
  return refs;
}
