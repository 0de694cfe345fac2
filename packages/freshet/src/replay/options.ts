/** The options of `freshet replay`: the texts of the command line, checked once, with their defaults. */
import { UsageError } from '@freshet/shared/errors';
import { DEFAULT_MODEL, type ModelConfig } from '@freshet/shared/domain/model-config';
import type { RefitPlan } from './refits.js';
import { DEFAULT_REFIT } from '@freshet/shared/ports/refit-log';
import { ENGINE_NAMES, type EngineName, isEngineName } from '@freshet/trainer/engine/names';

/** As the command line has them. */
export interface ReplayFlags {
  readonly columns?: string;
  readonly preset?: string;
  readonly evaluateAfter?: string;
  readonly repeats?: boolean;
  readonly words?: boolean;
  readonly items?: string;
  readonly type?: string;
  readonly seed?: string;
  readonly threads?: string;
  readonly engine?: string;
  readonly publishEvery?: string;
  readonly staleHistories?: boolean;
  readonly strategy?: string;
  readonly refitEvery?: string;
  readonly refitEpochs?: string;
  readonly refitGate?: string;
  readonly refitOverlap?: string;
}

export interface ResolvedReplayOptions {
  readonly paths: readonly string[];
  readonly columns?: string;
  readonly preset?: string;
  /** Type of events without a type column. */
  readonly type?: string;
  /** A catalogue file. */
  readonly items?: string;
  /** Share of the events that only teach, 0 ≤ x < 1. */
  readonly evaluateAfter: number;
  /** Leave the shopper's own past items out of the ranking (a preset may ask for it, too). */
  readonly noRepeats: boolean;
  /** Learn from titles and attributes. */
  readonly words: boolean;
  readonly threads: number;
  readonly engine: EngineName;
  /** The model is also published so often, and ranks as it was. */
  readonly publishEvery: readonly Interval[];
  readonly staleHistories: boolean;
  readonly refits: RefitPlan;
  /** Its `seed` is the replay's. */
  readonly model: ModelConfig;
}

export interface Interval {
  /** As it was given. */
  readonly text: string;
  readonly ms: number;
}

/** `repeats: false` is how commander spells `--no-repeats`, `words: false` `--no-words`. */
export function resolveReplayOptions(paths: readonly string[], flags: ReplayFlags, model: Partial<ModelConfig> = {}): ResolvedReplayOptions {
  const { columns, preset, type, items } = flags;
  const seed = integer('--seed', flags.seed ?? String(model.seed ?? DEFAULT_MODEL.seed), { from: 0, to: 0xffff_ffff });
  return {
    paths,
    ...(columns === undefined ? {} : { columns }),
    ...(preset === undefined ? {} : { preset }),
    ...(type === undefined ? {} : { type }),
    ...(items === undefined ? {} : { items }),
    evaluateAfter: share('--evaluate-after', flags.evaluateAfter ?? '0.8'),
    noRepeats: flags.repeats === false,
    words: flags.words !== false,
    threads: integer('--threads', flags.threads ?? '1', { from: 0, to: 64 }),
    engine: engineOf(flags.engine ?? 'auto'),
    publishEvery: intervalsOf(flags.publishEvery ?? 'now'),
    staleHistories: staleHistories(flags),
    refits: refitPlan(flags),
    model: { ...DEFAULT_MODEL, ...model, seed },
  };
}

const REFIT_OPTIONS = [['--refit-every', 'refitEvery'], ['--refit-epochs', 'refitEpochs'], ['--refit-gate', 'refitGate'], ['--refit-overlap', 'refitOverlap']] as const;

function refitPlan(flags: ReplayFlags): RefitPlan {
  const { strategy = 'incremental', refitEvery = '1w', refitEpochs = String(DEFAULT_REFIT.epochs), refitGate = String(DEFAULT_REFIT.gate), refitOverlap = '10', publishEvery = 'now' } = flags;
  if (strategy !== 'incremental' && strategy !== 'hybrid' && strategy !== 'full') throw new UsageError('option_value', `--strategy takes incremental, hybrid or full; not "${strategy}".`);
  const epochs = integer('--refit-epochs', refitEpochs, { from: 1, to: 100 });
  const gate = { events: integer('--refit-gate', refitGate, { from: 0, to: 100_000 }), leastOverlap: integer('--refit-overlap', refitOverlap, { from: 0, to: 100 }) / 100 };
  if (strategy === 'incremental') {
    const [needless] = REFIT_OPTIONS.find(([, name]) => flags[name] !== undefined) ?? [];
    if (needless !== undefined) throw new UsageError('option_value', `${needless} needs --strategy hybrid or full.`);
    return { strategy, everyMs: undefined, epochs, gate };
  }
  if (publishEvery !== 'now') throw new UsageError('option_value', `--strategy ${strategy} and --publish-every can't be replayed together.`);
  return { strategy, everyMs: intervalOf(refitEvery, '--refit-every').ms, epochs, gate };
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** Each interval costs a copy of the model. */
const MAX_INTERVALS = 8;

/** `now` is what the learner itself does. */
function intervalsOf(text: string): Interval[] {
  const texts = text.split(',').map((one) => one.trim()).filter((one) => one !== 'now');
  if (texts.length > MAX_INTERVALS) throw new UsageError('option_value', `--publish-every takes at most ${MAX_INTERVALS} intervals.`);
  return texts.map((one) => intervalOf(one));
}

function intervalOf(text: string, option = '--publish-every'): Interval {
  const [, count, unit = ''] = /^([1-9]\d{0,3})([smhdw])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? NaN);
  if (Number.isNaN(ms)) throw new UsageError('option_value', option === '--publish-every' ? `--publish-every takes now, or intervals such as 1m,1h,1d,1w; not "${text}".` : `${option} takes an interval such as 1d or 1w; not "${text}".`);
  return { text, ms };
}

function staleHistories({ staleHistories: stale = false, publishEvery = 'now' }: ReplayFlags): boolean {
  if (stale && publishEvery === 'now') throw new UsageError('option_value', '--stale-histories needs --publish-every: histories are as old as what is published.');
  return stale;
}

function share(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < 1) return value;
  throw new UsageError('option_value', `${option} takes a share of the events, 0 ≤ x < 1, such as 0.8; not "${text}".`);
}

function integer(option: string, text: string, range: { readonly from: number; readonly to: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= range.from && value <= range.to) return value;
  throw new UsageError('option_value', `${option} takes a whole number from ${range.from} to ${range.to}; not "${text}".`);
}

function engineOf(text: string): EngineName {
  if (isEngineName(text)) return text;
  throw new UsageError('option_value', `--engine takes one of ${ENGINE_NAMES.join(', ')}; not "${text}".`);
}
