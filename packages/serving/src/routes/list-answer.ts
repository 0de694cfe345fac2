/**
 * The body of an answer that lists items, and its token. In: what was ranked and why; out: what `ListAnswer` describes.
 * Called in the synchronous block of its answer: the version it names is the one the items were scored by.
 */
import { random32 } from '@freshet/shared/domain/random';
import type { HttpReply } from '@freshet/shared/http/route';
import type { Engine } from '../engine.js';
import type { ModelView } from '../follow/model-view.js';
import { hashOf } from '../token/hash.js';
import type { MadeList } from './made-list.js';
import { tookMs } from './shown.js';

export function listAnswer(engine: Engine, made: MadeList): HttpReply {
  const { model, rung, items, asked, isDrawn = false, before, now, started } = made;
  const { position } = model;
  const { log } = engine.progress.positions();
  const shown = [...before, ...items.map(({ id }) => hashOf(id))];
  const token = { ...asked, rung, madeAt: now, modelVersion: position.version, learnedUntil: position.applied, historySeq: log, shown, own: items.length, whole: true };
  const recommendationId = engine.tokens.make(token);
  engine.lists.add(recommendationId, { model, rung, items, asked: { context: asked.context, method: asked.method, person: asked.person, isDrawn }, skipped: before.length, now });
  return {
    body: {
      recommendation_id: recommendationId,
      items,
      model_version: position.version,
      learned_until: position.applied,
      history_seq: log,
      catalogue_seq: log,
      ...labelledBy(model),
      fallback: rung,
      took_ms: tookMs(started),
    },
  };
}

/** Which label answers come from this version by, if one does. */
export function labelledBy({ pinned, canary }: ModelView): Pick<ModelView, 'pinned' | 'canary'> {
  return { ...(pinned && { pinned }), ...(canary && { canary }) };
}

/** How long a shopper's rotated list stays the same. */
const ROTATION_MS = 60_000;

/** Of a shopper the same one within ROTATION_MS, in every process; for strangers another one each millisecond. */
export function seedFor(person: string | undefined, now: number): number {
  return person === undefined ? random32(0, Math.floor(now / ROTATION_MS), now % ROTATION_MS) : random32(hashOf(person), Math.floor(now / ROTATION_MS), 0);
}
