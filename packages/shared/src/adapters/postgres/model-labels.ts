/**
 * Labels on Postgres. A change, its event and the checks that its version can be rebuilt and that what it was judged against still answers are one
 * transaction, under the lock that retention takes: a version that a label names is never being deleted, and changes come one after the other.
 */
import type { Pool, PoolClient } from 'pg';
import { REASON_CHARS } from '../../ports/model-events.js';
import { type JudgedAgainst, type LabelChange, type LabelName, type LabelRemoval, LABELS, type ModelLabel, type ModelLabels, type PinResult, type UnpinResult } from '../../ports/model-labels.js';
import { type Decision, decisionToRemove, decisionToSet } from '../label-decision.js';
import { isWithin } from '../../domain/retention.js';
import { inTransaction } from './in-transaction.js';
import { lockRetention, readRebuildable } from './snapshot-store.js';
import { storable } from './storable.js';

interface Row {
  readonly label: string;
  readonly version: number;
  readonly reason: string;
  readonly share: number | null;
  readonly forced: boolean;
  readonly set_at: Date;
}

export function postgresModelLabels(pool: Pool, lineage = 1): ModelLabels {
  return {
    async list() {
      const found = await pool.query<Row>({ name: 'labels-list', text: 'select label, version, reason, share, forced, set_at from freshet.model_label where lineage = $1 order by label', values: [lineage] });
      return found.rows.flatMap(labelOf);
    },
    pin: (label, change) => inTransaction(pool, (session) => pin(session, lineage, { label, ...change })),
    unpin: (label, removal) => inTransaction(pool, (session) => unpin(session, lineage, { label, ...removal })),
  };
}

async function pin(session: PoolClient, lineage: number, { label, version, reason, share, forced, against }: LabelChange & { label: LabelName }): Promise<PinResult> {
  await lockRetention(session, lineage);
  const rebuildable = await readRebuildable(session, lineage);
  if (!isWithin(version, rebuildable)) return { pinned: false, rebuildable };
  if (against !== undefined && (await hasMoved(session, lineage, against))) return { pinned: false, moved: true };
  const previous = await session.query<{ version: number }>('select version from freshet.model_label where lineage = $1 and label = $2', [lineage, label]);
  const set = await session.query<Row>(
    `insert into freshet.model_label (lineage, label, version, reason, share, forced) values ($1, $2, $3, $4, $5, $6)
     on conflict (lineage, label) do update set version = excluded.version, reason = excluded.reason, share = excluded.share, forced = excluded.forced, set_at = now()
     returning label, version, reason, share, forced, set_at`,
    [lineage, label, version, storable(reason, REASON_CHARS), share ?? null, forced === true],
  );
  await note(session, lineage, { ...decisionToSet(label, { reason, share, forced }), version, previous: previous.rows[0]?.version });
  const [pinned] = set.rows.flatMap(labelOf);
  if (pinned === undefined) throw new TypeError(`the label ${label} could not be read back`);
  return { pinned: true, label: pinned };
}

async function unpin(session: PoolClient, lineage: number, { label, reason, forced, against }: LabelRemoval & { label: LabelName }): Promise<UnpinResult> {
  await lockRetention(session, lineage);
  if (against !== undefined && (await hasMoved(session, lineage, against))) return { removed: false, moved: true };
  const removed = await session.query<Row>('delete from freshet.model_label where lineage = $1 and label = $2 returning label, version, reason, share, forced, set_at', [lineage, label]);
  const [was] = removed.rows.flatMap(labelOf);
  if (was === undefined) return { removed: false, moved: false };
  await note(session, lineage, { ...decisionToRemove(label, { reason, forced }), version: was.version, previous: undefined });
  return { removed: true, label: was };
}

/** Under the lock: nobody changes a label meanwhile. */
async function hasMoved(session: PoolClient, lineage: number, { stable }: JudgedAgainst): Promise<boolean> {
  const found = await session.query<{ version: number }>(`select version from freshet.model_label where lineage = $1 and label = 'stable'`, [lineage]);
  return found.rows[0]?.version !== stable;
}

interface Note extends Decision {
  readonly version: number;
  readonly previous: number | undefined;
}

async function note(session: PoolClient, lineage: number, { kind, version, previous, reason }: Note): Promise<void> {
  await session.query('insert into freshet.model_event (lineage, kind, version, previous, reason) values ($1, $2, $3, $4, $5)', [
    lineage, kind, version, previous ?? null, storable(reason, REASON_CHARS),
  ]);
}

/** A label of a later release means nothing here. */
function labelOf({ label, version, reason, share, forced, set_at }: Row): ModelLabel[] {
  const known = LABELS.find((name) => name === label);
  return known === undefined ? [] : [{ label: known, version, reason, ...(share === null ? {} : { share }), ...(forced ? { forced } : {}), setAt: set_at.getTime() }];
}
