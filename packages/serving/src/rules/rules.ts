/**
 * The shop's rules as answers use them. In: rule sets as the log brings them, the catalogue's changes. Out: for a request what is raised, put
 * last, pinned, left out and demanded.
 *
 * 1. A rule acts on the next answer after its entry was folded. What a filter raises has to be collected first, in the background (filter/matches.ts);
 *    what a filter leaves out or demands is asked of each item and acts at once.
 * 2. A request without an active rule costs nothing but the look at them.
 * Limit: MOST_ROWS rows raised or put last in an answer; what a filter matches beyond them keeps its score.
 */
import { createRuleBook, type RuleBook, type RuleContext } from '@freshet/shared/domain/rules';
import type { Filter } from '../filter/expression.js';
import type { FilterMatches, Matches } from '../filter/matches.js';
import type { Shelf } from '../store/shelf.js';
import type { TableSet } from '../store/table-set.js';
import { type Asker, compile, type CompiledRule, isActive, narrow } from './compile.js';

const MOST_ROWS = 100_000;
/** Below every score that isn't buried, near enough to keep the order of what is. */
export const BURIED = -1_000;

export interface Raised {
  readonly rule: string;
  readonly by: number;
}

export interface Pin {
  readonly rule: string;
  readonly item: string;
  /** From 0, on this page; below 0 on one before. */
  readonly place: number;
}

/** The active rules of one request. */
export interface RulesUse {
  readonly raises: boolean;
  /** Whether `only` rules narrow it. */
  readonly demands: boolean;
  /** Each item once: of several pins of one the last counts, a context's own rather than `any`'s. */
  readonly pins: readonly Pin[];
  readonly excludeIds: readonly string[];
  filter(asked: Filter | undefined, demand: boolean): Filter | undefined;
  /** Each row that is raised or put last, by how much; a row of several rules comes several times. */
  eachRaised(set: TableSet, take: (row: number, by: number) => void): void;
  raisedBy(id: string): readonly Raised[];
  /** The rules that leave an item out, and those that demand what it isn't. */
  excludedBy(id: string): readonly string[];
  unmetBy(id: string): readonly string[];
}

export interface RulesAsked extends Asker {
  readonly context: string | undefined;
  /** How many items earlier pages have shown. */
  readonly before: number;
}

export interface Rules {
  readonly book: RuleBook;
  use(asked: RulesAsked): RulesUse | undefined;
  /** The catalogue has changed. */
  touch(): void;
}

export function createRules(shelf: Shelf, matches: Pick<FilterMatches, 'kept' | 'collect'>): Rules {
  const compiled = new Map<string, readonly CompiledRule[]>();
  const book = createRuleBook(() => compiled.clear());
  const rowsOf = createRows();
  const rulesOf = (context: RuleContext): readonly CompiledRule[] => {
    const known = compiled.get(context) ?? (book.find(context)?.rules ?? []).map(compile);
    compiled.set(context, known);
    return known;
  };
  const idsOf = ({ items, filter }: CompiledRule): Matches => {
    if (filter === undefined) return items;
    const kept = matches.kept(filter);
    if (kept === undefined) void matches.collect(filter);
    return kept ?? items;
  };
  return {
    book,
    touch: rowsOf.touch,
    use(asked) {
      const named = asked.context as RuleContext | undefined;
      const active = [...rulesOf('any'), ...(named === undefined ? [] : rulesOf(named))].filter(({ rule }) => isActive(rule, asked));
      return active.length === 0 ? undefined : useOf(active, { shelf, before: asked.before, rowsOf: (set, rule) => rowsOf.of(set, idsOf(rule)) });
    },
  };
}

interface UseParts {
  readonly shelf: Shelf;
  readonly before: number;
  readonly rowsOf: (set: TableSet, rule: CompiledRule) => Int32Array;
}

function useOf(active: readonly CompiledRule[], { shelf, before, rowsOf }: UseParts): RulesUse {
  const of = (action: string): CompiledRule[] => active.filter(({ rule }) => rule.action === action);
  const filtersOf = (action: string): Filter[] => of(action).flatMap(({ filter }) => filter ?? []);
  const raising = active.filter(({ rule }) => rule.action === 'boost' || rule.action === 'bury');
  const amountOf = ({ rule }: CompiledRule): number => (rule.action === 'bury' ? BURIED : (rule.by ?? 0));
  const [only, exclude] = [filtersOf('only'), filtersOf('exclude')];
  const matchedBy = ({ matches }: CompiledRule, id: string): boolean => matches(id, shelf.catalogue.look(id));
  const idsOf = (rules: readonly CompiledRule[]): string[] => rules.map(({ rule }) => rule.id);
  return {
    raises: raising.length > 0,
    demands: only.length > 0,
    pins: pinsOf(of('pin'), before),
    excludeIds: of('exclude').flatMap(({ rule }) => rule.items ?? []),
    filter: (asked, demand) => narrow(asked, demand ? only : [], exclude),
    eachRaised(set, take) {
      let left = MOST_ROWS;
      for (const one of raising) {
        const rows = rowsOf(set, one).subarray(0, left);
        for (const row of rows) take(row, amountOf(one));
        left -= rows.length;
      }
    },
    excludedBy: (id) => idsOf(of('exclude').filter((one) => matchedBy(one, id))),
    unmetBy: (id) => idsOf(of('only').filter((one) => one.filter !== undefined && !matchedBy(one, id))),
    raisedBy: (id) => raising.filter((one) => matchedBy(one, id)).map((one) => ({ rule: one.rule.id, by: amountOf(one) })),
  };
}

function pinsOf(rules: readonly CompiledRule[], before: number): readonly Pin[] {
  const pins = rules.flatMap(({ rule }) => (rule.items ?? []).map((item, i) => ({ rule: rule.id, item, place: (rule.at ?? 1) - 1 + i - before })));
  return [...new Map(pins.map((pin) => [pin.item, pin])).values()];
}

/** Ids as rows of a table set: looked up anew when items or rows have come or gone. */
function createRows() {
  interface Known {
    readonly set: TableSet;
    readonly at: string;
    readonly rows: Int32Array;
  }
  const known = new WeakMap<Matches, Known>();
  let changes = 0;
  return {
    touch: (): void => void changes++,
    of(set: TableSet, ids: Matches): Int32Array {
      const at = `${changes} ${set.rows}`;
      const before = known.get(ids);
      if (before?.set === set && before.at === at) return before.rows;
      const found: number[] = [];
      for (const id of ids) {
        const row = found.length < MOST_ROWS ? set.rowOf(id) : undefined;
        if (row !== undefined) found.push(row);
      }
      const rows = Int32Array.from(found);
      known.set(ids, { set, at, rows });
      return rows;
    },
  };
}
