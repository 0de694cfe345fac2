/**
 * A shop's rules for its lists: what is raised, pinned, put last or left out, by context. Folded from entries of kind `rule`.
 *
 * 1. A change replaces all rules of its context; the later one (seq, index) wins, an older one applied again changes nothing.
 * 2. Removed rules leave an empty set behind, so that an older change can't bring them back.
 */

/** `any`: of every list, whatever context it says. */
export const RULE_CONTEXTS = ['any', 'home', 'product', 'cart', 'search', 'email'] as const;
export type RuleContext = (typeof RULE_CONTEXTS)[number];

/**
 * `boost`: `by` is added to the score. `bury`: behind everything that isn't. `pin`: at place `at` of the list. `exclude`: never. `only`: nothing
 * else, as long as there is any.
 */
export const RULE_ACTIONS = ['boost', 'bury', 'pin', 'exclude', 'only'] as const;
export type RuleAction = (typeof RULE_ACTIONS)[number];

export interface Rule {
  readonly id: string;
  readonly action: RuleAction;
  /** Of `boost`. */
  readonly by?: number;
  /** Of `pin`: from 1. */
  readonly at?: number;
  /** Which items: these ids, or those that pass the filter as it was sent. */
  readonly items?: readonly string[];
  readonly filter?: object;
  /** Only for who is in one of them. */
  readonly segments?: readonly string[];
  /** Milliseconds since 1970: from this moment, until before that one. */
  readonly from?: number;
  readonly until?: number;
}

export interface RuleChange {
  readonly context: RuleContext;
  readonly rules: readonly Rule[];
}

export interface RuleSet extends RuleChange {
  readonly seq: number;
  readonly index: number;
}

export interface RuleBook {
  find(context: RuleContext): RuleSet | undefined;
  apply(change: RuleChange, at: { readonly seq: number; readonly index: number }): void;
  load(set: RuleSet): void;
  takeDirty(): ReadonlySet<RuleContext>;
}

export function createRuleBook(changed: () => void): RuleBook {
  const sets = new Map<RuleContext, RuleSet>();
  let dirty = new Set<RuleContext>();
  const put = (set: RuleSet): boolean => {
    const known = sets.get(set.context);
    if (known !== undefined && (known.seq - set.seq || known.index - set.index) >= 0) return false;
    sets.set(set.context, set);
    changed();
    return true;
  };
  return {
    find: (context) => sets.get(context),
    apply(change, at) {
      if (put({ ...change, ...at })) dirty.add(change.context);
    },
    load: (set) => void put(set),
    takeDirty() {
      const taken = dirty;
      dirty = new Set();
      return taken;
    },
  };
}
