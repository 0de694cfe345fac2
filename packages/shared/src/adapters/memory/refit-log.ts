/** Refits in memory. Same contract as the Postgres adapter. */
import type { Clock } from '../../ports/clock.js';
import type { Refit, RefitLog } from '../../ports/refit-log.js';

interface Kept {
  refit: Refit;
  epoch: number;
}

export interface MemoryRefitLog extends RefitLog {
  /** What the promotion of this candidate writes. */
  promoted(candidate: string, version: number, reason: string): void;
}

export function memoryRefitLog(clock: Pick<Clock, 'now'>): MemoryRefitLog {
  const kept: Kept[] = [];
  const open = (id?: number): Kept | undefined => kept.find(({ refit }) => isOpen(refit) && (id === undefined || refit.id === id));
  return {
    async ask(reason, options) {
      if (open() !== undefined) return undefined;
      const refit: Refit = { id: kept.length + 1, state: 'asked', reason, options, askedAt: clock.now(), outcome: '' };
      kept.push({ refit, epoch: 0 });
      return refit;
    },
    underWay: async () => open()?.refit,
    list: async (limit) => kept.map(({ refit }) => refit).toReversed().slice(0, limit),
    find: async (id) => kept.find(({ refit }) => refit.id === id)?.refit,
    async begin(id, epoch) {
      const one = open(id);
      if (one === undefined || one.epoch > epoch) return false;
      const { candidate: _candidate, report: _report, ...rest } = one.refit;
      Object.assign(one, { epoch, refit: { ...rest, state: 'running', startedAt: clock.now() } });
      return true;
    },
    async ready(id, epoch, made) {
      const one = open(id);
      if (one?.refit.state !== 'running' || one.epoch !== epoch) return false;
      one.refit = { ...one.refit, ...made, state: 'ready' };
      return true;
    },
    async end(id, state, { outcome, report }) {
      const one = open(id);
      if (one !== undefined) one.refit = { ...one.refit, state, outcome, endedAt: clock.now(), ...(report === undefined ? {} : { report }) };
    },
    promoted(candidate, version, reason) {
      const one = kept.find(({ refit }) => refit.candidate?.id === candidate);
      if (one !== undefined) one.refit = { ...one.refit, state: 'promoted', version, outcome: reason, endedAt: clock.now() };
    },
  };
}

function isOpen({ state }: Refit): boolean {
  return state === 'asked' || state === 'running' || state === 'ready';
}
