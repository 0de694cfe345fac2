/**
 * Every metric Freshet exports: one row each with type, help, labels and buckets. `metrics.ts` builds the
 * instruments from this table and a test holds it against a real scrape, so name and documentation can't drift.
 *
 * 1. Names carry the base unit; only counters end in `_total`; no ids in labels (bounded cardinality).
 * 2. Histogram buckets have the objectives as edges, so "share under the objective" is exact, not interpolated.
 * 3. A gauge is shown once it has been set: a process without a trainer shows none of the trainer's.
 */
export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface MetricSpec {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper edges in the metric's unit; histograms only. */
  readonly buckets?: readonly number[];
}

/** The stages an event passes from accepted to visible in an answer; values of `update_lag_seconds{stage}`. */
export const UPDATE_STAGES = ['accept', 'queue', 'train', 'commit', 'apply', 'total'] as const;
export type UpdateStage = (typeof UPDATE_STAGES)[number];

/** What Freshet promises to stay under, in seconds; the dashboard's thresholds and the alerts use the same numbers. */
export const OBJECTIVES = {
  /** Event accepted → in everybody's model, at 1,000 events/s. */
  updateLag: { p50: 0.04, p99: 0.25 },
  /** A recommendation. */
  answer: { p90: 0.007, p99: 0.02 },
} as const;

/** With the edges of the objectives; 500 ms is total's p99 at 10,000 events/s, 50 ms that of a shopper's own list. */
const LAG_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const HTTP_BUCKETS = [0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** One durable batch, step or commit: from a fraction of an fsync to something an operator must look at. */
const WORK_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Applying a delta holds the event loop: a millisecond is the objective, 20 ms would show in p99. */
const STALL_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1];

function counter<const L extends readonly string[]>(name: string, help: string, labels: L) {
  return { name: `freshet_${name}`, type: 'counter', help, labels } as const;
}

function gauge<const L extends readonly string[]>(name: string, help: string, labels: L) {
  return { name: `freshet_${name}`, type: 'gauge', help, labels } as const;
}

function histogram<const L extends readonly string[]>(name: string, help: string, labels: L, buckets: readonly number[]) {
  return { name: `freshet_${name}`, type: 'histogram', help, labels, buckets } as const;
}

/** Of a kept list and of what came of it. Of versions there are ten a second: what they may be told apart by here is the label that had answered (decision 042). */
const LIST_LABELS = ['context', 'rung', 'label'] as const;
const OF_LISTS = 'by context (home, product, cart, search, email, unspecified), rung (personal, session, similar, trending, newest, together; of searches: text, vectors, nothing) and the label that had given them to their version (newest: none; stable, canary)';

export const METRIC_CATALOGUE = {
  ingestEvents: counter('ingest_events_total', 'Events received, by event type and result (accepted, duplicate, conflict, rejected).', ['type', 'result']),
  ingestBatch: histogram('ingest_batch_seconds', 'Time from a parsed batch to its durable commit.', [], WORK_BUCKETS),
  ingestDroppedFields: counter('ingest_dropped_fields_total', 'Unknown fields of accepted events that were left out.', []),
  ingestWakeUpFailures: counter('ingest_wake_up_failures_total', 'Wake-up jobs the queue did not take; the trainer finds their entries by polling.', []),
  ingestLostDeadLetters: counter('ingest_lost_dead_letters_total', 'Rejected events that could not be kept as dead letters.', []),
  inboxUnapplied: gauge('inbox_unapplied_events', 'Accepted events the trainer has not applied yet.', []),
  inboxUnappliedLimit: gauge('inbox_unapplied_events_limit', 'Unapplied events at which writes are answered with 503.', []),
  inboxOldestUnapplied: gauge('inbox_oldest_unapplied_timestamp_seconds', 'When the oldest unapplied entry was received; 0 when there is none.', []),

  queueJobs: gauge('queue_jobs', 'Jobs in the queue, by state (waiting, active, failed).', ['queue', 'state']),
  queueJobsLimit: gauge('queue_jobs_limit', 'Waiting jobs beyond which producers should hold back; nothing is refused there.', ['queue']),
  queueOldestWaiting: gauge('queue_oldest_waiting_timestamp_seconds', 'When the job that waits longest was added; 0 when none waits.', ['queue']),
  deadLetters: gauge('dead_letters', 'Rejected events and jobs kept for inspection and redrive.', ['queue']),

  trainerExamples: counter('trainer_examples_total', 'Training examples applied to the model, replayed ones included.', []),
  trainerSpentExamples: counter('trainer_spent_examples_total', 'Examples that training spent time on, by kind (new, replayed, text).', ['kind']),
  trainerShedExamples: counter('trainer_shed_examples_total', 'Examples not trained: replays that the budget shed, new ones that under-sampling left out; their events are counted and remembered all the same.', ['kind']),
  trainerReplayRatio: gauge('trainer_replay_ratio', 'Replayed examples for each new one in the present round.', []),
  trainerNegatives: gauge('trainer_negatives', 'Negatives of a micro-batch in the present round.', []),
  trainerStep: histogram('trainer_step_seconds', 'Time of one round of micro-batches over all threads.', [], WORK_BUCKETS),
  trainerThreads: gauge('trainer_threads', 'Training threads of the process, by state (busy, idle).', ['state']),
  trainerWatermark: gauge('trainer_watermark_timestamp_seconds', 'Receipt time of the newest entry the model has learned.', []),
  trainerRejectedSteps: counter('trainer_rejected_steps_total', 'Steps refused before they were stored, by reason.', ['reason']),
  prequentialHitRatio: gauge('prequential_hit_ratio', 'Share of sampled events whose item was in the top 10 before it was learned (decayed mean).', []),
  prequentialNdcg: gauge('prequential_ndcg', 'NDCG@10 of sampled events ranked before they were learned (decayed mean).', []),
  prequentialFloorHitRatio: gauge('prequential_floor_hit_ratio', 'The same share for what a trivial method would have shown, by floor (popularity, follow).', ['floor']),
  prequentialLoss: gauge('prequential_loss', 'Loss of new events before the step, without weights and without replayed examples (decayed mean).', []),
  prequentialRatingRmse: gauge('prequential_rating_rmse', 'Root mean squared error of ratings predicted before they were learned, in stars (decayed).', []),
  prequentialRatingMae: gauge('prequential_rating_mae', 'Mean absolute error of ratings predicted before they were learned, in stars (decayed).', []),
  refits: counter('refits_total', 'Refits that ended, by result (promoted, refused, failed).', ['result']),
  evaluations: counter('evaluations_total', 'Evaluations by the clock, by result (passed, below_floors, too_few_events).', ['result']),
  driftDetected: counter('drift_detected_total', 'Changes for the worse that were more than chance, by signal (hit_ratio, loss).', ['signal']),
  driftStatistic: gauge('drift_statistic', 'Statistic of the drift detector as a share of its threshold, by signal (hit_ratio, loss).', ['signal']),

  deltaRows: counter('delta_rows_total', 'Rows published in deltas, by table.', ['table']),
  deltaBytes: counter('delta_bytes_total', 'Bytes published in deltas.', []),
  deltaCommit: histogram('delta_commit_seconds', 'Time of the transaction that publishes a delta.', [], WORK_BUCKETS),
  modelLatestVersion: gauge('model_latest_version', 'Newest committed model version.', []),
  tableRows: gauge('table_rows', 'Rows in use by items, by model table.', ['table']),
  tableRowsLimit: gauge('table_rows_limit', 'Written limit of the rows in use by items, by model table.', ['table']),

  storageBytes: gauge('storage_bytes', 'What the database holds, by part (log, ids, deltas, snapshots, checkpoint, recommendations, other).', ['part']),
  storageLimit: gauge('storage_limit_bytes', 'Written limit of a part of the database.', ['part']),
  diskFree: gauge('disk_free_bytes', 'Free space where the embedded Postgres keeps its data.', []),
  diskSize: gauge('disk_size_bytes', 'Size of the disk that holds the embedded Postgres.', []),

  servingModelVersion: gauge('serving_model_version', 'Model version this process answers from.', []),
  servingPinnedVersion: gauge('serving_pinned_version', 'Model version that a label pins this process to; 0 when it answers from the newest one.', []),
  servingLabelledVersion: gauge('serving_labelled_version', 'Model version held beside the one that answers, by label (canary, shadow); 0 when there is none.', ['label']),
  shadowLists: counter('shadow_lists_total', 'Sampled answers that the shadow was asked beside, by result (compared, skipped, failed).', ['result']),
  shadowOverlap: gauge('shadow_overlap_ratio', 'Share of an answered list that the shadow’s list has too: mean of the last 200 compared.', []),
  shadowScoreDrift: gauge('shadow_score_drift', 'How far the shadow’s scores are from the answered ones, over the last 200 compared lists: Kolmogorov–Smirnov distance, 0 to 1.', []),
  shadowSeconds: counter('shadow_seconds_total', 'Time spent asking the shadow.', []),
  servingLearnedUntil: gauge('serving_learned_until_timestamp_seconds', 'Receipt time of the newest entry in the model this process answers from.', []),
  updateLag: histogram('update_lag_seconds', 'Time from an accepted event to each stage of its way into the served model.', ['stage'], LAG_BUCKETS),
  modelSwaps: counter('model_swaps_total', 'Deltas, snapshots and rollbacks offered to serving, by result (applied, refused) and reason; a promoted model that was loaded before its promotion is prepared.', ['result', 'reason']),
  swapStall: histogram('swap_stall_seconds', 'Time a swap held the event loop.', [], STALL_BUCKETS),
  scans: counter('scans_total', 'Searches among all items, by how they were answered: floats (exact), codes (exact, proved by the bytes), unproven (exact, by the floats after the bytes), lists (approximate).', ['path']),
  scanRecall: gauge('scan_recall_ratio', 'Share of the exact best items that answers from the lists hold: mean of the last samples.', []),
  scanProbes: gauge('scan_probes', 'Lists read for an answer: as few as find .99 of the exact best items.', []),
  listOverlap: gauge('list_overlap_ratio', 'Share of the first 20 items of probe shoppers that stayed from one probe to the next, a minute later; by whether they did something meanwhile (idle, active). Not shown with fewer than five of a kind.', ['shoppers']),
  scoreDrift: gauge('score_drift', 'How far the scores in idle probe shoppers’ lists moved from one probe to the next: Kolmogorov–Smirnov distance, 0 to 1. Not shown with fewer than five of them.', []),
  probeSeconds: counter('probe_seconds_total', 'Time spent ranking the lists of probe shoppers.', []),
  zeroResultSearches: counter('search_zero_results_total', 'Searches that no text answered, by what did instead: vectors, or nothing, also where the filter left nothing of what was found.', ['answer']),
  exploredItems: counter('explored_items_total', 'Items that had a place of a list to be tried (`explore`).', []),
  fallbackResponses: counter('fallback_responses_total', 'Answers, by the rung that gave them (personal, session, similar, trending, newest).', ['rung']),

  searchWeight: gauge('search_weight', 'What a feature of an item weighs in the order of searches here, by feature (text, words, shopper, popularity, unavailable).', ['feature']),
  searchWeightsVersion: gauge('search_weights_version', 'The version of search’s weights that this process answers with; 0: the defaults.', []),
  searchWeightsTrials: counter('search_weights_trials_total', 'Times that search’s weights were learned, by result (in_force, worse, uncertain, too_few_searches).', ['result']),
  recommendationLists: counter('recommendation_lists_total', `Lists and answers of searches kept in the recommendation log, ${OF_LISTS}.`, LIST_LABELS),
  recommendationItems: counter('recommendation_items_total', 'Items on these lists.', LIST_LABELS),
  recommendationLogDropped: counter('recommendation_log_dropped_lists_total', 'Lists that the recommendation log could not keep, by reason (full, failed, stopped); their answers were given all the same.', ['reason']),
  recommendationClicks: counter('recommendation_clicks_total', 'Items of kept lists that were clicked or viewed, each once a list; labels are the list’s.', LIST_LABELS),
  recommendationCarts: counter('recommendation_carts_total', 'Items of kept lists that were put into the cart, each once a list; labels are the list’s.', LIST_LABELS),
  recommendationPurchases: counter('recommendation_purchases_total', 'Purchases of items of kept lists; labels are the list’s.', LIST_LABELS),
  recommendationRevenue: counter('recommendation_revenue_total', 'What was paid for items of kept lists, in the shop’s currency; labels are the list’s.', LIST_LABELS),
  recommendationRefunds: counter('recommendation_refunds_total', 'What was paid back for items of kept lists, in the shop’s currency; labels are the list’s.', LIST_LABELS),
  recommendationJoined: gauge('recommendation_joined_timestamp_seconds', 'Receipt time of the newest entry whose events are joined to the lists they came from.', []),

  httpRequestDuration: histogram('http_request_duration_seconds', 'Time to answer a request, by route pattern.', ['route', 'method', 'code'], HTTP_BUCKETS),
  buildInfo: gauge('build_info', 'Always 1; what is running.', ['version', 'node']),
} as const satisfies Record<string, MetricSpec>;

export type MetricKey = keyof typeof METRIC_CATALOGUE;
