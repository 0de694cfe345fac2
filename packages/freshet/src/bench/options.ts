/** Options of a bench: one row each, from which the command line is made and the texts it reads are checked. */
import { UsageError } from '@freshet/shared/errors';

export interface BenchOption<T = unknown> {
  /** As `--help` shows it. */
  readonly flags: string;
  readonly help: string;
  /** As on the command line. */
  readonly fallback: string;
  /** Throws with what is allowed. */
  readonly parse: (text: string) => T;
}

export type BenchOptions = Readonly<Record<string, BenchOption>>;
/** By name in camel case, as commander has them. */
export type Flags = Readonly<Record<string, string | undefined>>;
export type Resolved<O extends BenchOptions> = { readonly [K in keyof O]: ReturnType<O[K]['parse']> };

export function option<T>(spec: BenchOption<T>): BenchOption<T> {
  return spec;
}

/** Any text; none without it. */
export function textOption(flags: string, help: string): BenchOption<string> {
  return { flags, help, fallback: '', parse: (text) => text };
}

export function seedOption(help: string): BenchOption<number> {
  return wholeNumber('--seed <number>', { help, fallback: 1, from: 0, to: 2 ** 32 - 1 });
}

interface NumberSpec {
  readonly help: string;
  readonly fallback: number;
  readonly from: number;
  readonly to: number;
}

export function wholeNumber(flags: string, { help, fallback, from, to }: NumberSpec): BenchOption<number> {
  return { flags, help, fallback: String(fallback), parse: (text) => parseWhole(text, from, to) };
}

export function parseWhole(text: string, from: number, to: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  return refuse(`takes a whole number from ${from} to ${to}`);
}

/** What an option's parser ends with: which values it takes. */
export function refuse(why: string): never {
  throw new RangeError(why);
}

/** Options that every bench which starts processes has. */
export const COMMON_OPTIONS = {
  seed: seedOption('seed of the synthetic shop and its shoppers'),
  profile: textOption('--profile <dir>', 'also write V8 CPU profiles of the measured process there'),
} as const;

export function resolveOptions<O extends BenchOptions>(options: O, flags: Flags): Resolved<O> {
  const entries = Object.entries(options).map(([name, spec]) => [name, resolve(spec, flags[name])]);
  // Each value was parsed by its own option's parser.
  return Object.fromEntries(entries) as Resolved<O>;
}

function resolve(spec: BenchOption, given: string | undefined): unknown {
  try {
    return spec.parse(given ?? spec.fallback);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UsageError('option_value', `${spec.flags.split(' ')[0] ?? spec.flags} ${why}, not “${given ?? spec.fallback}”`);
  }
}
