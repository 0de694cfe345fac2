/**
 * How far a row must have moved to be published (docs/decisions/008).
 *
 * ε is the share of a row's norm, 2 % unless that would write more than the byte budget: then it grows, and shrinks back as soon as
 * there is room. So a young model, whose every row moves far with each step, doesn't flood Postgres, and a grown one is
 * published as closely as ever. Rows that an event of the round was learned for don't come under it: they are always published.
 */
export interface Significance {
  /** Share of the embedding's norm. */
  readonly epsilon: number;
  /** Absolute change of the bias. */
  readonly biasEpsilon: number;
  /** Told after each cut. */
  observe(cut: { readonly bytes: number; readonly events: number; readonly elapsedMs: number }): void;
}

/** MODEL.md, measured: 2 % costs nothing, 3 % costs .4 % of HR@10, 10 % costs 2 %. */
const LEAST = 0.02;
const MOST = 0.5;
/** The bias's threshold in units of ε: .06 at 2 %. */
const BIAS_PER_EPSILON = 3;
const BUDGET_PER_EVENT = 1_500;
const BUDGET_PER_SECOND = 1_500_000;
const GROW = 1.15;
const SHRINK = 0.97;

export function createSignificance(): Significance {
  let epsilon = LEAST;
  return {
    get epsilon() {
      return epsilon;
    },
    get biasEpsilon() {
      return BIAS_PER_EPSILON * epsilon;
    },
    observe({ bytes, events, elapsedMs }) {
      const budget = Math.max(BUDGET_PER_EVENT * events, (BUDGET_PER_SECOND * elapsedMs) / 1_000);
      epsilon = bytes > budget ? Math.min(MOST, epsilon * GROW) : Math.max(LEAST, epsilon * SHRINK);
    },
  };
}

/** Everything that moved at all: the reproducible mode. */
export const EVERYTHING: Significance = { epsilon: 0, biasEpsilon: 0, observe: () => undefined };
