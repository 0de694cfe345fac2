/** What `freshet refit` asks a running Freshet, and how it waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RestClient } from '../cli/rest.js';

interface Figures {
  readonly hr_10: number;
  readonly ndcg_10: number;
}

export interface RefitAnswer {
  readonly id: number;
  readonly state: 'asked' | 'running' | 'ready' | 'promoted' | 'refused' | 'failed';
  readonly reason: string;
  readonly outcome?: string;
  readonly version?: number;
  readonly report?: {
    readonly examples: number;
    readonly dropped?: number;
    readonly epochs: number;
    readonly seconds: number;
    readonly applied: number;
    readonly items: number;
    readonly gate?: { readonly events: number; readonly candidate: Figures; readonly serving: Figures; readonly floors: { readonly popularity: number; readonly follow: number } };
  };
}

export interface RefitWish {
  /** Undefined: as the Freshet that is asked is set. */
  readonly epochs?: number;
  readonly gate?: number;
  readonly reason: string;
}

const LOOK_EVERY_MS = 500;
const RETRY_MS = 60_000;

/** Resolves when it has ended, or at once with `wait` false or when `signal` aborts: the refit goes on without who asked. */
export async function askRefit(rest: RestClient, wish: RefitWish, { wait, signal }: { readonly wait: boolean; readonly signal: AbortSignal }): Promise<RefitAnswer> {
  let refit = await rest.post<RefitAnswer>('/v1/models/refits', wish);
  while (wait && !signal.aborted && ['asked', 'running', 'ready'].includes(refit.state)) {
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    refit = await rest.get<RefitAnswer>(`/v1/models/refits/${refit.id}`, { retryMs: RETRY_MS });
  }
  return refit;
}

export function describeRefit({ id, state, outcome, version, report }: RefitAnswer): string {
  const what = version === undefined ? `Refit ${id} is ${state}` : `Refit ${id} was promoted as version ${version}`;
  const why = outcome === undefined || version !== undefined ? '' : `: ${outcome}`;
  if (report === undefined) return `${what}${why}`;
  const { gate } = report;
  const newest = report.dropped === undefined ? '' : ` (the newest; ${report.dropped} older ones had no room)`;
  const learned = `${report.examples} examples${newest} in ${report.epochs} epochs, ${report.seconds} s; learned up to entry ${report.applied}`;
  if (gate === undefined) return `${what}${why}\n${learned}; no gate`;
  const row = (name: string, { hr_10, ndcg_10 }: Figures): string => `  ${name.padEnd(16)} ${hr_10.toFixed(4)}  ${ndcg_10.toFixed(4)}`;
  return [`${what}${why}`, learned, `  ${gate.events} events`.padEnd(19) + 'HR@10   NDCG@10', row('candidate', gate.candidate), row('serving model', gate.serving), `  followers        ${gate.floors.follow.toFixed(4)}`, `  popularity       ${gate.floors.popularity.toFixed(4)}`].join('\n');
}
