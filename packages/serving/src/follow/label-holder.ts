/**
 * Holds the version that a label (`canary`, `shadow`) names beside the one that answers: in a table set of its own, which goes back to
 * the pool when the label is taken away.
 *
 * 1. A version is held only once it is rebuilt whole. Until a next one is, the one before stays.
 * 2. A version that can't be rebuilt is refused with its reason, and then none is held: the label no longer names the one before. It is tried again.
 * 3. So is a canary to which its trial (probation) objects, unless the label was forced; it is tried again when the label is set again.
 */
import { CorruptionError } from '@freshet/shared/errors';
import type { ModelLabel } from '@freshet/shared/ports/model-labels';
import type { ModelView } from './model-view.js';
import { createRefusals, type Held, rebuild, type RebuildParts, type Refusal, tryOut } from './rebuild.js';

export type BesideLabel = 'canary' | 'shadow';

export interface LabelHolder {
  /** Hold its view for one synchronous block only. */
  held(): Held | undefined;
  /** Does what the label says now. Rejects when its version can't be rebuilt here now. */
  step(label: ModelLabel | undefined): Promise<void>;
}

export interface LabelHolderParts extends RebuildParts {
  readonly name: BesideLabel;
  /** The model that answers everybody else. */
  readonly serving: () => ModelView;
}

export function createLabelHolder(parts: LabelHolderParts): LabelHolder {
  const { name, metrics, journal, log } = parts;
  const refusals = createRefusals(parts);
  let now: Held | undefined;
  /** The setting of the label whose version its trial objected to. */
  let objectedTo = '';

  const replace = (next: Held | undefined): void => {
    const before = now;
    now = next;
    metrics.holds(name, next?.view.position.version);
    if (before !== undefined) parts.pool.give(before.view.set);
  };

  const letGo = (): void => {
    if (now === undefined) return;
    const { version } = now.view.position;
    replace(undefined);
    journal.note({ kind: 'released', version, reason: name });
    log.info('a labelled version was let go', { label: name, version });
  };

  const refuse = (label: ModelLabel, error: Refusal['error']): void => {
    letGo();
    refusals.add({ label, error, serving: parts.serving().position.version });
  };

  const load = async (label: ModelLabel): Promise<void> => {
    const view = await rebuild(parts, label.version);
    const objection = await tryOut(parts, view, { name, serving: parts.serving });
    if (objection !== undefined && name === 'canary' && label.forced !== true) {
      objectedTo = settingOf(label);
      parts.pool.give(view.set);
      return refuse(label, objection);
    }
    const previous = now?.view.position.version;
    replace({ label, view: name === 'canary' ? { ...view, canary: true } : view });
    refusals.end();
    metrics.loaded(name);
    journal.note({ kind: 'loaded', version: label.version, ...(previous === undefined ? {} : { previous }), reason: name });
    log.info('a labelled version is held beside the one that answers', { label: name, version: label.version, share: label.share });
  };

  return {
    held: () => now,
    async step(label) {
      if (label === undefined) return letGo();
      if (now?.view.position.version === label.version) return void (now = { ...now, label });
      if (objectedTo === settingOf(label)) return;
      try {
        await load(label);
      } catch (thrown) {
        if (thrown instanceof CorruptionError) refuse(label, thrown);
        throw thrown;
      }
    },
  };
}

function settingOf({ version, setAt, forced }: ModelLabel): string {
  return `${version} ${setAt} ${forced === true}`;
}
