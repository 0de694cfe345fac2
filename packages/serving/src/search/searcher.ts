/**
 * One search, in one synchronous block: query → items found by their words → those that may be shown and pass the filter, counted by
 * facet → the best of them ranked (blend.ts), pinned ones at their places (ruled.ts).
 *
 * 1. Every item of an answer was scored by one model version and is what one catalogue says: nothing is awaited.
 * 2. A change of price, stock or availability acts on the next search; one of texts when it is indexed (catalogue-index.ts), which `isReady` tells.
 * 3. When no text that may be shown has any of the words, the items nearest to the query's word vector answer (by-vectors.ts); without known words, nothing does.
 * 4. Work is bounded: LOOKED_AT items are filtered and counted, POOL of them ranked, and as many that rules raise or pin.
 * 5. What rules demand is passed over where the words find more without: answered by texts, else by vectors, it holds.
 * 6. An answer without an item, whatever has left none, is nothing's doing; an item that nobody has described passes no filter.
 */
import type { Catalogue } from '@freshet/shared/domain/catalogue';
import type { ItemDocument } from '@freshet/shared/domain/kept-documents';
import type { ItemLook, LookedFields } from '@freshet/shared/domain/item-look';
import type { SearchWeights } from '@freshet/shared/domain/search-weights/weights';
import type { Filter } from '../filter/expression.js';
import type { ItemSource, RankInput } from '../rank/input.js';
import { isBoosted } from '../rank/ruled.js';
import { bestOf } from './best.js';
import { type Candidate, createBlend, type SearchedItem } from './blend.js';
import { type NearInput, nearestToWords } from './by-vectors.js';
import { createCatalogueIndex } from './catalogue-index.js';
import { createFacetCounter, type Facet } from './facets.js';
import { type Highlight, highlight } from './highlight.js';
import { type LikelyCategory, likelyCategory } from './likely-category.js';
import { LOOKED_AT, POOL } from './limits.js';
import { planQuery } from './plan.js';
import { admission, pinsOf, placePinned } from './ruled.js';
import type { Scored, Weighted } from './scorer.js';
import { createForms, type Forms } from './stems.js';
import { type Suggestion, type SuggestionInput, suggest } from './suggestions.js';
import { createSynonyms, type SynonymGroups } from './synonyms.js';
import { createTextIndex } from './text-index.js';

export interface SearchInput extends NearInput, Pick<RankInput, 'history' | 'session' | 'now'> {
  readonly offset: number;
  readonly limit: number;
  readonly highlights: boolean;
  /** Default: the default ones. */
  readonly weights?: SearchWeights;
}

/** Whose doing an answer is: the texts', the query's word vector's, or there was nothing to answer with. */
export type SearchSource = 'text' | 'vectors' | 'nothing';

export interface FoundItem extends SearchedItem {
  /** A rule that has put it there. */
  readonly source?: Extract<ItemSource, 'pin' | 'boost'>;
  readonly highlights?: readonly Highlight[];
}

export interface Found {
  readonly source: SearchSource;
  readonly items: readonly FoundItem[];
  /** Items that were found and pass the filter. */
  readonly total: number;
  /** False when more were found than are counted. */
  readonly exact: boolean;
  /** More may pass than could be found: to be asked again once what passes this filter is collected. */
  readonly lacking?: Filter | undefined;
  readonly facets: Readonly<Record<string, Facet>>;
  readonly category: LikelyCategory | undefined;
}

export interface Searcher {
  search(input: SearchInput): Found;
  suggest(input: SuggestionInput): readonly Suggestion[];
  /** The catalogue has another document of an item. */
  change(id: string, before: ItemDocument | undefined, now: ItemDocument | undefined): void;
  /** Whether the texts of all changes are indexed; a few are by asking. */
  isReady(): boolean;
  /** When they are. */
  settled(): Promise<void>;
  close(): void;
  /** Items that can be found by their texts. */
  readonly size: number;
}

interface Looked {
  /** One list a word of the query. */
  readonly terms: readonly (readonly Weighted[])[];
  readonly pins: ReadonlyMap<string, number>;
  /** Whether what rules demand is asked for. */
  readonly demand: boolean;
}

const NO_FIELDS: LookedFields = {};
const NO_SYNONYMS: SynonymGroups = [];
const NO_PINS: Looked['pins'] = new Map();
const WORTH = { text: 2, vectors: 1, nothing: 0 } as const;

function worthOf({ source }: Found): number {
  return WORTH[source];
}

export interface SearcherParts {
  readonly synonyms?: SynonymGroups;
  /** The one whose changes are told, and which is searched. */
  readonly catalogue: () => Catalogue;
}

export function createSearcher({ synonyms: groups = NO_SYNONYMS, catalogue: described }: SearcherParts): Searcher {
  const forms = createForms();
  const synonyms = createSynonyms(groups, forms);
  const index = createTextIndex(forms);
  const catalogue = createCatalogueIndex(index, described);
  const blend = createBlend();
  const plan = (query: string) => planQuery(query, { forms, synonyms, index });
  const named = (item: number): string => described().idAt(item) ?? '';
  const lookAt = (item: number): ItemLook | undefined => described().lookAt(item);

  const shownOf = ({ count, items }: Scored, anyAvailability: boolean): number[] => catalogue.shown(items, count, anyAvailability);
  const find = (input: SearchInput, { terms, pins: wished, demand }: Looked): Found => {
    const scored = index.find(terms);
    const { scores } = scored;
    const shown = shownOf(scored, input.anyAvailability);
    const looked = bestOf(shown, scores, LOOKED_AT);
    const allowed = admitted(looked, input, { named, lookAt, demand });
    const byText = allowed.length > 0;
    const pins = byText ? wished : NO_PINS;
    const asked = input.filter?.conditions ?? [];
    const counter = createFacetCounter(input.facets, asked);
    const isAsked = input.facets.length + asked.length > 0;
    const take = (id: string): boolean => counter.take(input.shelf.catalogue.look(id));
    const passing = isAsked ? allowed.filter((item) => counter.take(lookAt(item))) : allowed;
    const near = byText ? undefined : nearestToWords(input, demand);
    const vectors = (near?.candidates ?? []).filter(({ id }) => !isAsked || take(id));
    near?.beside.forEach(take);
    const total = byText ? passing.length : vectors.length;
    const wanted = Math.max(FOR_CATEGORY, input.offset + input.limit) + pins.size;
    const ranked = blend(byText ? candidates(poolOf(passing, scores, { input, named, pins }), scores, named) : vectors, { ...input, wanted, also: new Set(pins.keys()) });
    return {
      source: total === 0 ? 'nothing' : byText ? 'text' : 'vectors',
      items: pageOf(placePinned(ranked, pins), { input, terms, pins, forms }),
      total,
      exact: byText ? looked.length === shown.length : near?.isWhole !== false,
      lacking: near?.lacking,
      facets: counter.facets(),
      category: likelyCategory(unruled(ranked), (id) => input.shelf.catalogue.look(id)?.categories ?? []),
    };
  };
  return {
    change: catalogue.change,
    isReady: catalogue.catchUp,
    settled: catalogue.settled,
    close: catalogue.close,
    get size() {
      return index.size;
    },
    search(input) {
      const asked = { terms: plan(input.query).map((concept) => concept.terms), pins: pinsOf(input.rules) };
      const found = find(input, { ...asked, demand: true });
      if (input.rules?.demands !== true || worthOf(found) === WORTH.text || found.lacking !== undefined) return found;
      const loose = find(input, { ...asked, demand: false });
      return worthOf(loose) > worthOf(found) || loose.lacking !== undefined ? loose : found;
    },
    suggest(input) {
      const concepts = plan(input.query);
      const scored = index.find(concepts.map((concept) => concept.terms));
      const shown = admitted(bestOf(shownOf(scored, false), scored.scores, LOOKED_AT), input, { named, lookAt, demand: false });
      return suggest(input, { concepts, forms, items: shown.map((item) => ({ fields: lookAt(item) ?? NO_FIELDS, score: scored.scores[item] ?? 0 })) });
    },
  };
}

interface AdmittedParts extends Pick<Looked, 'demand'> {
  readonly named: (item: number) => string;
  readonly lookAt: (item: number) => ItemLook | undefined;
}

/** Those that rules leave. */
function admitted(looked: readonly number[], { rules }: Pick<SearchInput, 'rules'>, { named, lookAt, demand }: AdmittedParts): readonly number[] {
  const admits = admission(rules, demand);
  return admits === undefined ? looked : looked.filter((item) => admits(named(item), lookAt(item)));
}

interface PageParts extends Pick<Looked, 'terms' | 'pins'> {
  readonly input: SearchInput;
  readonly forms: Forms;
}

function pageOf(ranked: readonly SearchedItem[], { input, terms, pins, forms }: PageParts): readonly FoundItem[] {
  const words = new Set(input.highlights ? terms.flat().map(({ text }) => text) : []);
  return ranked.slice(input.offset, input.offset + input.limit).map((item) => ({
    ...item,
    ...(input.highlights ? { highlights: highlight(input.shelf.catalogue.find(item.id)?.fields ?? {}, words, forms) } : {}),
    ...(pins.has(item.id) ? { source: 'pin' } : isBoosted(input, item.id) ? { source: 'boost' } : {}),
  }));
}

/** What a query is about isn't for rules to say. */
function unruled(ranked: readonly SearchedItem[]): readonly Pick<SearchedItem, 'id' | 'score'>[] {
  if (ranked.every(({ parts }) => parts.rule === 0)) return ranked;
  return ranked.map(({ id, score, parts }) => ({ id, score: score - parts.rule })).sort((a, b) => b.score - a.score);
}

interface PoolParts {
  readonly input: SearchInput;
  readonly named: (item: number) => string;
  readonly pins: ReadonlyMap<string, number>;
}

/** What is ranked: those whose words fit best, and of the others those that rules want in front. */
function poolOf(items: readonly number[], scores: Float32Array, { input, named, pins }: PoolParts): readonly number[] {
  const pool = popularFirst(items, scores, { input, named });
  const { rules } = input;
  if (rules === undefined || pool.length === items.length) return pool;
  const ranked = new Set(pool);
  const others = items.filter((item) => !ranked.has(item));
  const pinned = others.filter((item) => pins.has(named(item)));
  const raised = rules.raises ? others.filter((item) => !pins.has(named(item)) && isBoosted(input, named(item))) : [];
  return [...pool, ...pinned, ...bestOf(raised, scores, POOL).slice(0, POOL)];
}

/** About the POOL best; where many more fit equally well, those taken most in the last week. */
function popularFirst(items: readonly number[], scores: Float32Array, { input, named }: Omit<PoolParts, 'pins'>): readonly number[] {
  const best = bestOf(items, scores, POOL);
  if (best.length <= SOME_MORE * POOL) return best;
  const { set } = input.model;
  const trends = set.trends.at(-1);
  const key = (item: number): number => trends?.[set.rowOf(named(item)) ?? -1] ?? -Infinity;
  const keyed = best.map((item) => ({ item, score: scores[item] ?? 0, key: key(item) }));
  return keyed.sort((a, b) => b.score - a.score || b.key - a.key || (named(a.item) < named(b.item) ? -1 : 1)).slice(0, POOL).map(({ item }) => item);
}

/** The best is 1. */
function candidates(items: readonly number[], scores: Float32Array, named: (item: number) => string): readonly Candidate[] {
  const highest = items.reduce((most, item) => Math.max(most, scores[item] ?? 0), 0);
  return items.map((item) => ({ id: named(item), text: (scores[item] ?? 0) / (highest || 1) }));
}

/** Some candidates more cost less than to choose among them. */
const SOME_MORE = 2;
/** Items that the likely category is read from, at least. */
const FOR_CATEGORY = 20;
