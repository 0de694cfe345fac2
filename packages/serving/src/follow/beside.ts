/**
 * The models that labels put beside the one that answers, and whose answers come from which.
 *
 * 1. `canary` answers its share of the shoppers, the same ones in every process; whoever is nobody yet is answered like everybody.
 * 2. Both are followed apart from `stable`: a rollback doesn't wait for a canary that is being loaded.
 */
import { isInCanary } from '@freshet/shared/domain/canary';
import type { UserRef } from '@freshet/shared/domain/event';
import type { ModelLabels } from '@freshet/shared/ports/model-labels';
import type { People } from '@freshet/shared/people';
import { type BesideLabel, createLabelHolder } from './label-holder.js';
import type { ModelView } from './model-view.js';
import type { Held, RebuildParts } from './rebuild.js';

export interface Beside {
  held(label: BesideLabel): Held | undefined;
  /** The model that this shopper's answers come from. Hold it for one synchronous block only. */
  viewFor(person: UserRef | undefined): ModelView;
  /** The model that a list of this version is explained by: the canary if it made it, else what answers everybody. */
  viewOf(version: number): ModelView;
  /** Reads the labels and does what they say. Rejects when a version can't be rebuilt here now; the other one is seen to all the same. */
  step(): Promise<void>;
}

export interface BesideParts extends RebuildParts {
  readonly labels: Pick<ModelLabels, 'list'>;
  readonly people: Pick<People, 'histories'>;
  readonly serving: () => ModelView;
}

export function createBeside(parts: BesideParts): Beside {
  const { serving, people, labels } = parts;
  const holders = { canary: createLabelHolder({ ...parts, name: 'canary' }), shadow: createLabelHolder({ ...parts, name: 'shadow' }) };
  const { held: canary } = holders.canary;
  return {
    held: (label) => holders[label].held(),
    viewFor(person) {
      const held = canary();
      if (held === undefined || person === undefined) return serving();
      // A session that belongs to a shopper has the shopper's place.
      const ref = people.histories.aliasOf(person) ?? person;
      return isInCanary(ref, held.label.share ?? 0) ? held.view : serving();
    },
    viewOf(version) {
      const view = canary()?.view;
      return view?.position.version === version ? view : serving();
    },
    async step() {
      const set = await labels.list();
      const failures: unknown[] = [];
      for (const name of ['canary', 'shadow'] as const) {
        await holders[name].step(set.find(({ label }) => label === name)).catch((thrown: unknown) => failures.push(thrown));
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
