/** Probes by the clock, until the process stops. */
import type { Logger } from '@freshet/shared/logger';
import type { ServiceContext } from '@freshet/shared/lifecycle';
import type { Engine } from '../engine.js';
import { startPump } from '../follow/pump.js';
import { createProbes, PROBE_MS, type ProbeParts } from './probes.js';

export function keepProbes(engine: Engine, { metrics, seed, log }: Pick<ProbeParts, 'metrics' | 'seed'> & { readonly log: Logger }, context: ServiceContext): void {
  const running = startPump({
    clock: engine.clock,
    pollMs: PROBE_MS,
    signal: context.signal,
    work: createProbes({ ...engine, metrics, seed }).round,
    failed: (error) => log.warn('probe shoppers could not be ranked; trying again', { error }),
  });
  context.owner.defer('probes', () => running.done);
}
