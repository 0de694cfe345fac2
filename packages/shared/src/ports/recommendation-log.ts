/**
 * The recommendation log: the lists that were shown, and what came of them. What counts as coming from a list is decided by
 * domain/recommendations; the sums are by the hour in which a list was made.
 */
import type { AnsweringLabel, Counts, Feedback, LoggedList } from '../domain/recommendations.js';

/** What the log may hold; whichever comes first. */
export interface RecommendationLogLimits {
  /** Lists; a part of an eighth of them more while it is being filled. */
  readonly maxLists: number;
  readonly maxAgeMs: number;
}

/** Days that sums are kept. */
export const OUTCOME_DAYS = 90;
/** Days that they are kept by the hour: nothing comes of older lists any more. Then they may be kept by the day, in its first hour, with the versions of a day together. */
export const OUTCOME_HOURLY_DAYS = 8;

/** What outcomes can be asked by. */
export const OUTCOME_GROUPS = ['context', 'method', 'rung', 'source', 'label', 'version'] as const;
export type OutcomeGroup = (typeof OUTCOME_GROUPS)[number];

export interface OutcomeQuery {
  readonly by: OutcomeGroup;
  /** Hours since 1970: from the first one to before the second. */
  readonly from: number;
  readonly to: number;
  /** Groups at most. */
  readonly limit: number;
}

export interface Outcome extends Counts {
  /** By version: its thousand. */
  readonly group: string;
  readonly versionFrom: number;
  readonly versionTo: number;
  /** By version: of one that two labels have named, the lists of each are a group. */
  readonly label?: AnsweringLabel;
}

/** What has come of lists of one context, rung and label: as finely as metrics tell them apart. */
export interface JoinedFeedback extends Pick<Counts, 'clicks' | 'carts' | 'purchases'> {
  readonly context: string;
  readonly rung: string;
  readonly label: AnsweringLabel;
  /** Revenue is the difference of both; neither is negative. */
  readonly paid: number;
  readonly paidBack: number;
}

export interface RecommendationLog {
  /** Keeps lists and counts them, in one commit. After a crash of the database's machine the last second of them may be gone. */
  append(lists: readonly LoggedList[]): Promise<void>;
  /** The entry up to which feedback is joined. */
  joined(): Promise<number>;
  /**
   * Joins all the feedback there is in the entries after `after` up to `upTo`, in one commit. Undefined, and nothing is done, when
   * what is joined doesn't end at `after`: somebody else has been here.
   */
  join(range: { readonly after: number; readonly upTo: number }, feedback: readonly Feedback[]): Promise<readonly JoinedFeedback[] | undefined>;
  /** Most lists first; of versions the newest first. */
  outcomes(query: OutcomeQuery): Promise<readonly Outcome[]>;
  /** Makes room ahead of the writers and drops what is beyond the limits; the number of parts dropped. */
  tend(limits: RecommendationLogLimits): Promise<number>;
}

/** The right to join and to tend, held until it is released or the process ends. */
export interface JoinerRight {
  /** Aborts when the right was lost. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** A log whose joiners take turns: one process in the whole installation joins and tends. */
export interface OwnedRecommendationLog extends RecommendationLog {
  /** The right, or undefined while another process has it. */
  tryOwn(): Promise<JoinerRight | undefined>;
}
