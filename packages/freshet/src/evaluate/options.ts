/** The options of `freshet evaluate`: the texts of the command line, checked once, with their defaults. */
import { DEFAULT_MODEL, MAX_RIVALS, type ModelConfig } from '@freshet/shared/domain/model-config';
import { EVENT_TYPES, isKnownType } from '@freshet/shared/domain/event';
import { didYouMean } from '@freshet/shared/domain/nearest-name';
import { UsageError } from '@freshet/shared/errors';
import { ENGINE_NAMES, type EngineName } from '@freshet/trainer/engine/names';
import { EPOCH_ORDERS, type EpochOrder } from '@freshet/trainer/epochs/train-epochs';
import { DEFAULT_TYPE, refuseType } from '../files/reading.js';
import type { EvaluateFlags } from './flags.js';
import { withPreset } from './presets.js';

const PROTOCOLS = ['sessions', 'leave-one-out'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface ResolvedEvaluateOptions {
  readonly files: { readonly train: string; readonly dev?: string | undefined; readonly test?: string | undefined };
  readonly protocol: Protocol;
  readonly columns?: string | undefined;
  /** A set of presets.ts, and the preset of the readers that it goes with. */
  readonly preset?: string | undefined;
  readonly reading?: string | undefined;
  /** Type of events without a type column; undefined with a preset. */
  readonly type?: string | undefined;
  readonly relations?: RelationOptions | undefined;
  /** Rank among all items, or among the target and so many sampled negatives. */
  readonly candidates: 'all' | number;
  /** Hold out a part of the training file and test on it; the test file isn't read. */
  readonly validation: boolean;
  readonly epochs: number;
  readonly order: EpochOrder;
  readonly maxExamples: number;
  /** w_f of the last item, held during training; those of the items before it are 0. */
  readonly followWeight: number;
  readonly engine: EngineName;
  readonly threads: number;
  readonly model: ModelConfig;
}

/** A file of items whose columns list related items. */
export interface RelationOptions {
  readonly path: string;
  readonly columns?: readonly string[] | undefined;
  /** Of how many events a relation is worth in the follow table. */
  readonly followers: number;
  /** Of its example's loss; 0: no example. */
  readonly weight: number;
}

export function resolveEvaluateOptions(directory: string | undefined, given: EvaluateFlags): ResolvedEvaluateOptions {
  const { flags, reading } = withPreset(directory, given);
  const { train, dev, columns, type, relations, preset } = flags;
  const validation = flags.validation === true;
  if (train === undefined) throw new UsageError('file_missing', 'Name the file to learn from: --train FILE (or give --preset and a directory).');
  if (flags.test === undefined && !validation) throw new UsageError('file_missing', 'Name the file to test on: --test FILE; or --validation, which holds out a part of the training file.');
  const protocol = choice('--protocol', flags.protocol ?? 'sessions', PROTOCOLS);
  const candidates = candidatesOf(flags.candidates ?? 'all', protocol);
  const model: ModelConfig = {
    ...DEFAULT_MODEL,
    dim: whole('--dim', flags.dim ?? '128', { from: 16, to: 512, step: 16 }),
    negatives: whole('--negatives', flags.negatives ?? '1024', { from: 4, to: 4_096, step: 4 }),
    batch: whole('--batch', flags.batch ?? '32', { from: 4, to: 512, step: 4 }),
    historyDropout: number('--history-dropout', flags.historyDropout ?? '0.2', { from: 0, to: 0.95 }),
    popularNegatives: number('--popular-negatives', flags.popularNegatives ?? '0', { from: 0, to: 0.95 }),
    rivals: whole('--rivals', flags.rivals ?? '0', { from: 0, to: MAX_RIVALS }),
    sharpnessRate: number('--sharpness-rate', flags.sharpnessRate ?? '0', { from: 0, to: 10 }),
    temperature: number('--temperature', flags.temperature ?? '0.1', { from: 0.001, to: 10 }),
    rowRate: number('--rate', flags.rate ?? '0.1', { from: 1e-6, to: 10 }),
    seed: whole('--seed', flags.seed ?? '1', { from: 0, to: 0xffff_ffff }),
  };
  return {
    files: validation ? { train } : { train, dev, test: flags.test },
    protocol, columns, preset, reading, candidates, validation, model,
    type: typeOf(type, preset),
    relations: relationOptions(relations, flags),
    epochs: whole('--epochs', flags.epochs ?? '8', { from: 0, to: 1_000 }),
    order: choice('--order', flags.order ?? 'shuffled', EPOCH_ORDERS),
    maxExamples: whole('--max-examples', flags.maxExamples ?? '4000000', { from: 1, to: 4_000_000 }),
    followWeight: number('--follow-weight', flags.followWeight ?? '0.1', { from: 0, to: 100 }),
    engine: choice('--engine', flags.engine ?? 'auto', ENGINE_NAMES),
    threads: whole('--threads', flags.threads ?? '1', { from: 0, to: 64 }),
  };
}

/** Undefined with a preset, whose files have types of their own. */
function typeOf(type: string | undefined, preset: string | undefined): string | undefined {
  if (preset !== undefined) return type === undefined ? undefined : refuseType();
  if (type === undefined || isKnownType(type)) return type ?? DEFAULT_TYPE;
  const types = Object.keys(EVENT_TYPES);
  throw new UsageError('option_value', `--type takes one of ${types.join(', ')}; not "${type}"${didYouMean(type, types)}.`);
}

function relationOptions(path: string | undefined, flags: EvaluateFlags): RelationOptions | undefined {
  const { relationColumns, relationFollowers, relationWeight } = flags;
  if (path === undefined) {
    const [needless] = Object.entries({ '--relation-columns': relationColumns, '--relation-followers': relationFollowers, '--relation-weight': relationWeight }).filter(([, text]) => text !== undefined);
    if (needless !== undefined) throw new UsageError('option_value', `${needless[0]} needs --relations FILE.`);
    return undefined;
  }
  return {
    path,
    columns: relationColumns?.split(',').map((name) => name.trim()),
    followers: number('--relation-followers', relationFollowers ?? '1', { from: 0, to: 1_000 }),
    weight: number('--relation-weight', relationWeight ?? '1', { from: 0, to: 1_000 }),
  };
}

function candidatesOf(text: string, protocol: Protocol): 'all' | number {
  if (text === 'all') return 'all';
  if (protocol === 'sessions') throw new UsageError('option_value', '--candidates: the protocol sessions ranks all items; sampled negatives belong to leave-one-out.');
  return whole('--candidates', text, { from: 1, to: 10_000 });
}

function choice<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const found = choices.find((one) => one === text);
  if (found === undefined) throw new UsageError('option_value', `${option} takes ${choices.join(', ')}; not "${text}".`);
  return found;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function whole(option: string, text: string, { from, to, step = 1 }: Range & { readonly step?: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to && value % step === 0) return value;
  throw new UsageError('option_value', `${option} takes a ${step === 1 ? 'whole number' : `multiple of ${step}`} from ${from} to ${to}; not "${text}".`);
}

function number(option: string, text: string, { from, to }: Range): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= from && value <= to) return value;
  throw new UsageError('option_value', `${option} takes a number from ${from} to ${to}; not "${text}".`);
}
