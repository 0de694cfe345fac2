/**
 * The hyperparameters that can be set, in one table: settings of the services and options of `replay`. Their names are those of
 * `ModelConfig`, so what is set goes into the model as it is.
 */
import { DEFAULT_MODEL, FOLLOWERS_STEP, MAX_FOLLOWERS, MAX_PAST_ITEMS, MAX_RIVALS, type ModelConfig, type Optimizer, OPTIMIZERS } from '@freshet/shared/domain/model-config';
import { decimal, type Kind, lossWeights, oneOf, whole } from './setting-kinds.js';

export interface ModelSetting<T> {
  readonly group: 'Model';
  readonly kind: Kind<T>;
  readonly fallback: T;
  readonly help: string;
}

function hyperparameter<K extends keyof ModelConfig>(name: K, kind: Kind<ModelConfig[K]>, help: string): ModelSetting<ModelConfig[K]> {
  return { group: 'Model', kind, fallback: DEFAULT_MODEL[name], help };
}

export const MODEL_SETTINGS = {
  dim: hyperparameter('dim', whole(16, 512, { step: 16 }), 'floats of an item’s embedding; the same for trainer and serving'),
  followers: hyperparameter('followers', whole(FOLLOWERS_STEP, MAX_FOLLOWERS, { step: FOLLOWERS_STEP }), 'followers kept for each item, 9 bytes each in the trainer; the same for trainer and serving'),
  negatives: hyperparameter('negatives', whole(4, 4_096, { step: 4 }), 'sampled negatives of a micro-batch'),
  replay: hyperparameter('replay', decimal(0, 8), 'examples from the replay buffer for each new one'),
  batch: hyperparameter('batch', whole(4, 512, { step: 4 }), 'examples of a micro-batch, which share its negatives'),
  popularNegatives: hyperparameter('popularNegatives', decimal(0, 0.95), 'share of the negatives that are drawn by popularity'),
  pastItems: hyperparameter('pastItems', whole(0, MAX_PAST_ITEMS, { step: 16 }), 'items had before the pooled history that get a repeat weight in training'),
  rivals: hyperparameter('rivals', whole(0, MAX_RIVALS), 'followers of the last item that are scored exactly in training'),
  historyDropout: hyperparameter('historyDropout', decimal(0, 0.95), 'share of the history left out, at random, whenever an example is trained'),
  optimizer: hyperparameter('optimizer', oneOf<Optimizer>(...OPTIMIZERS), 'how rows step; sgd and adam want a row rate of .01 or less'),
  rowRate: hyperparameter('rowRate', decimal(0.00001, 10), 'step size of item rows'),
  rateFloor: hyperparameter('rateFloor', decimal(0, 1), 'Adagrad’s step size of a row falls no lower; 0: no floor'),
  l2: hyperparameter('l2', decimal(0, 1), 'pulls scored rows and biases towards 0'),
  popularityWeighting: hyperparameter('popularityWeighting', decimal(-2, 2), 'an example’s weight times (mean events of an item / events of its target)^this, within a factor of four'),
  typeWeights: hyperparameter('typeWeights', lossWeights, 'weights of built-in event types in training where not the usual ones (view 1, purchase 5)'),
  typeOversampling: hyperparameter('typeOversampling', decimal(0, 1), 'rare event types are drawn more often from the replay buffer: 0 as they come, 1 all types equally'),
  typeUndersampling: hyperparameter('typeUndersampling', decimal(0, 1), 'new examples of frequent event types are trained less often: 0 all of them, 1 no more than a type’s even share'),
  itemOversampling: hyperparameter('itemOversampling', decimal(0, 1), 'rare items are drawn more often from the replay buffer: (mean events of an item / events of this one)^this, within a factor of four'),
  itemUndersampling: hyperparameter('itemUndersampling', decimal(0, 1), 'new examples of frequent items are trained less often: with probability (mean / its events)^this, at least a quarter'),
  seed: hyperparameter('seed', whole(0, 4_294_967_295), 'seed of everything drawn at random'),
} as const;

export type ModelSettings = { readonly [K in keyof typeof MODEL_SETTINGS]: (typeof MODEL_SETTINGS)[K]['fallback'] };
export const MODEL_SETTING_NAMES = Object.keys(MODEL_SETTINGS) as readonly (keyof ModelSettings)[];

/** Of settings, or of what else holds them, the hyperparameters. */
export function hyperparametersOf(settings: ModelSettings): ModelSettings {
  return Object.fromEntries(MODEL_SETTING_NAMES.map((name) => [name, settings[name]])) as unknown as ModelSettings;
}
