/** The pool that a bench asks the measured database with: one connection, without a limit of time. */
import type { createPool } from '@freshet/shared/adapters/postgres/pool';

export type BenchPool = ReturnType<typeof createPool>;
