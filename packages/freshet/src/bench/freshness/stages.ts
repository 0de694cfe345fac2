/**
 * Where the time went: each accepted request is matched with the version that learned it, whose times the server tells.
 *
 * accept = sent → 202 at the client · queue = 202 → the trainer took it · train = taken → trained · commit = trained →
 * committed · apply = committed → in the tables that answers come from. All clocks are this machine's; a trainer that is
 * quicker than the client's 202 makes `queue` 0.
 */
import type { Caller } from '../load/caller.js';
import { createLatencies, type Latencies } from '../load/latencies.js';

export interface AcceptedRequest {
  readonly sequence: number;
  /** Milliseconds since 1970, when the client had the 202. */
  readonly acceptedAt: number;
  readonly acceptMs: number;
}

export const STAGES = ['accept', 'queue', 'train', 'commit', 'apply'] as const;
export type Stage = (typeof STAGES)[number];
export type Stages = Readonly<Record<Stage, Latencies>>;

interface Version {
  readonly version: number;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly takenAt: number;
  readonly trainedAt: number;
  readonly committedAt: number;
  readonly appliedAt: number;
}

const PAGE = 100;
/** More than the server keeps. */
const MAX_PAGES = 50;

export async function measureStages(caller: Caller, requests: readonly AcceptedRequest[]): Promise<Stages> {
  const stages: Stages = { accept: createLatencies(), queue: createLatencies(), train: createLatencies(), commit: createLatencies(), apply: createLatencies() };
  const oldest = requests.reduce((least, { sequence }) => Math.min(least, sequence), Number.POSITIVE_INFINITY);
  const versions = await readVersions(caller, oldest);
  for (const request of requests) {
    stages.accept.record(request.acceptMs);
    const version = findVersion(versions, request.sequence);
    if (version === undefined) continue;
    stages.queue.record(Math.max(0, version.takenAt - request.acceptedAt));
    stages.train.record(version.trainedAt - version.takenAt);
    stages.commit.record(version.committedAt - version.trainedAt);
    stages.apply.record(version.appliedAt - version.committedAt);
  }
  return stages;
}

/** Oldest first, from the one that learned entry `oldest`. */
async function readVersions(caller: Caller, oldest: number): Promise<readonly Version[]> {
  const found: Version[] = [];
  for (let page = 0, before = ''; page < MAX_PAGES; page++) {
    const { versions } = await caller.getJson(`/v1/models?limit=${PAGE}${before}`);
    const read = Array.isArray(versions) ? versions.map(parseVersion) : [];
    found.push(...read);
    const last = read.at(-1);
    if (last === undefined || last.fromSeq <= oldest) break;
    before = `&before=${last.version}`;
  }
  return found.reverse();
}

function parseVersion(value: unknown): Version {
  const fields = value as Readonly<Record<string, unknown>>;
  const time = (name: string): number => Date.parse(String(fields[name]));
  return {
    version: Number(fields['version']),
    fromSeq: Number(fields['from_seq']),
    toSeq: Number(fields['to_seq']),
    takenAt: time('taken_at'),
    trainedAt: time('trained_at'),
    committedAt: time('committed_at'),
    appliedAt: time('applied_at'),
  };
}

/** Binary search: the first version whose range ends at or behind `sequence`. */
function findVersion(versions: readonly Version[], sequence: number): Version | undefined {
  let low = 0;
  let high = versions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((versions[middle]?.toSeq ?? 0) < sequence) low = middle + 1;
    else high = middle;
  }
  const version = versions[low];
  return version !== undefined && version.fromSeq <= sequence && Number.isFinite(version.appliedAt) ? version : undefined;
}
