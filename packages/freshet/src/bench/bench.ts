/** What a bench is, and what every one of them says. */
import type { Machine } from './machine.js';
import type { BenchOptions, Flags } from './options.js';

export interface BenchContext {
  /** Of the caller; what configures Freshet is left out of it before children get it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Told, in a sentence each, what goes on. */
  readonly say: (line: string) => void;
}

/** JSON with snake_case fields; times in milliseconds unless named otherwise. */
export interface BenchResult {
  readonly bench: string;
  readonly measures: string;
  readonly not_measured: readonly string[];
  readonly machine: Machine;
  /** The measured time, without starting and warming up. */
  readonly seconds: number;
  readonly [figure: string]: unknown;
}

export interface Bench {
  readonly help: string;
  readonly options: BenchOptions;
  readonly run: (flags: Flags, context: BenchContext) => Promise<BenchResult>;
}

/** Two decimals. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Two decimals for every number of a flat record. */
export function roundAll<K extends string>(figures: Readonly<Record<K, number>>): Readonly<Record<K, number>> {
  return Object.fromEntries(Object.entries<number>(figures).map(([name, value]) => [name, round(value)])) as Record<K, number>;
}
