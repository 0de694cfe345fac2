/** What a serving process is made of by whoever composes it: stores, clock, HTTP server. */
import type { HttpServer } from '@freshet/shared/http/server';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Announcer } from '@freshet/shared/ports/announcer';
import type { CandidateStore } from '@freshet/shared/ports/candidates';
import type { OwnedCheckpointStore } from '@freshet/shared/ports/checkpoint';
import type { Clock } from '@freshet/shared/ports/clock';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { Erasure } from '@freshet/shared/ports/erasure';
import type { ModelEvents } from '@freshet/shared/ports/model-events';
import type { ModelLabels } from '@freshet/shared/ports/model-labels';
import type { QualityLog } from '@freshet/shared/ports/quality-log';
import type { OwnedRecommendationLog } from '@freshet/shared/ports/recommendation-log';
import type { RefitLog } from '@freshet/shared/ports/refit-log';
import type { SearchWeightsStore } from '@freshet/shared/ports/search-weights';
import type { Secrets } from '@freshet/shared/ports/secrets';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import type { TraceStore } from '@freshet/shared/ports/trace-store';
import type { UserRefs } from '@freshet/shared/ports/user-refs';

export interface ServingDeps {
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
  readonly labels: ModelLabels;
  readonly candidates: Pick<CandidateStore, 'chunks'>;
  readonly refits: RefitLog;
  readonly modelEvents: ModelEvents;
  readonly checkpoint: OwnedCheckpointStore;
  readonly entries: Pick<EntryLog, 'read' | 'startOf' | 'head' | 'append'>;
  readonly erasure: Erasure;
  readonly userRefs: Pick<UserRefs, 'lookup'>;
  readonly traces: TraceStore;
  readonly quality: Pick<QualityLog, 'recent' | 'between'>;
  readonly recommendations: OwnedRecommendationLog;
  readonly searchWeights: SearchWeightsStore;
  readonly secrets: Secrets;
  readonly announcer: Pick<Announcer, 'announce' | 'listen'>;
  /** Routes and the readiness check are registered on it at once; who made it listens and closes. */
  readonly http: Pick<HttpServer, 'route' | 'health'>;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Clock;
  /** Aborts when the process begins to stop, before its HTTP server waits for requests in flight. */
  readonly stopping?: AbortSignal;
}
