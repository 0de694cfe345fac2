/**
 * Everything an answer needs, once it is loaded: what the routes see of serving.
 * Created by service.ts; before that the routes answer 503.
 */
import type { CustomTypes } from '@freshet/shared/domain/event';
import type { Profiles } from '@freshet/shared/domain/profiles';
import type { CounterChild, Metrics } from '@freshet/shared/metrics';
import type { Clock } from '@freshet/shared/ports/clock';
import type { ModelLabel } from '@freshet/shared/ports/model-labels';
import type { TraceStore } from '@freshet/shared/ports/trace-store';
import type { People } from '@freshet/shared/people';
import type { FilterMatches } from './filter/matches.js';
import type { Beside } from './follow/beside.js';
import type { Quarantine } from './follow/model-follower.js';
import type { ModelView } from './follow/model-view.js';
import type { Progress } from './follow/progress.js';
import type { Versions } from './follow/versions.js';
import type { RecentQuality } from './recent-quality.js';
import type { PersonRefs } from './person-refs.js';
import type { RecentRequests } from './probation/recent-requests.js';
import type { Rung } from './rank/input.js';
import type { Ranker } from './rank/ranker.js';
import type { WeightsFollower } from './search/follow-weights.js';
import type { Searcher } from './search/searcher.js';
import type { Rules } from './rules/rules.js';
import type { ListLog } from './recommendation-log/list-log.js';
import type { Shadow } from './shadow/shadow.js';
import type { Shelf } from './store/shelf.js';
import type { TailLog } from './tail/tail.js';
import type { Tokens } from './token/tokens.js';

export interface Engine {
  /** The model that answers come from, but those of the canary's shoppers. Hold it for one synchronous block only. */
  readonly view: () => ModelView;
  /** The newest version this process has: what it answers from unless it is pinned. */
  readonly newest: () => ModelView;
  readonly pinned: () => ModelLabel | undefined;
  /** The models that labels put beside it. */
  readonly beside: Beside;
  /** Keeps what is asked, for versions to be tried with. */
  readonly recent: Pick<RecentRequests, 'add'>;
  /** Takes answers to hold against the shadow's. */
  readonly shadow: Shadow;
  readonly quarantined: () => Quarantine | undefined;
  readonly shelf: Shelf;
  /** Items that pass the filters asked for last. */
  readonly filterMatches: FilterMatches;
  readonly people: People;
  readonly refs: PersonRefs;
  readonly progress: Progress;
  readonly versions: Versions;
  readonly ranker: Ranker;
  /** What the shop wants of its lists. */
  readonly rules: Rules;
  /** What the shop says of its shoppers. */
  readonly profiles: Pick<Profiles, 'find' | 'size'>;
  /** Makes and reads `recommendation_id`s. */
  readonly tokens: Tokens;
  readonly searcher: Searcher;
  /** By which searches are ordered. */
  readonly searchWeights: WeightsFollower;
  /** Searches that no text answered, counted by what did. */
  readonly zeroResults: Readonly<Record<'vectors' | 'nothing', CounterChild>>;
  /** Takes every list that is answered. */
  readonly lists: Pick<ListLog, 'add'>;
  readonly traces: TraceStore;
  readonly log: TailLog;
  readonly quality: RecentQuality;
  readonly clock: Clock;
  /** Aborts when the process begins to stop: whoever waits gives up. */
  readonly stopping: AbortSignal;
  /** Items that had a place to be tried. */
  readonly explored: Metrics['exploredItems'];
  /** Answers, counted by rung. */
  readonly rungs: Readonly<Record<Rung, CounterChild>>;
  readonly customTypes: CustomTypes;
  readonly sequenceWaitMs: number;
}
