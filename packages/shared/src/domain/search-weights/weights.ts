/**
 * What the order of a search weighs: an item's features, each from 0 to 1, and a weight for each of them, the same for the whole shop. Pure.
 *
 *   score(j) = Σ_f sign_f · w_f · x_f(j), and what a shop's rules add (serving/search/blend)
 *
 * 1. The text's weight is 1: only proportions make an order. Each learned weight is within a factor of FACTOR of its default, so never 0, and no
 *    feature is ever turned round.
 * 2. Features are kept with what was shown, in ten-thousandths: `encodeFeatures`.
 */
export const FEATURES = ['text', 'words', 'shopper', 'popularity', 'unavailable'] as const;
export type Feature = (typeof FEATURES)[number];
export type Features = Readonly<Record<Feature, number>>;
export type SearchWeights = Features;

/** What is learned; the text is the scale. */
export const LEARNED = ['words', 'shopper', 'popularity', 'unavailable'] as const satisfies readonly Feature[];

export const DEFAULT_WEIGHTS: SearchWeights = { text: 1, words: 0.15, shopper: 0.3, popularity: 0.1, unavailable: 0.25 };
/** Whether more of it makes an item come sooner or later. */
export const SIGN: Features = { text: 1, words: 1, shopper: 1, popularity: 1, unavailable: -1 };
export const FACTOR = 3;
/** Version of the default weights; learned ones begin with 1. */
export const DEFAULT_VERSION = 0;

/** Of a feature's unit, in what is kept. */
const UNITS = 10_000;
/** Decimals of a weight in force: what was judged, what is kept and what is shown are the same numbers. */
const DECIMALS = 4;

/** FEATURES.length whole numbers, each of 16 bits. */
export function encodeFeatures(features: Features): readonly number[] {
  return FEATURES.map((name) => Math.round(Math.max(0, Math.min(1, features[name])) * UNITS));
}

/** Of the item at `place`, from 0; `kept`: those of a whole list, one item after the other. */
export function decodeFeature(kept: ArrayLike<number>, place: number, feature: number): number {
  return (kept[place * FEATURES.length + feature] ?? 0) / UNITS;
}

/** Within what may be learned, and with as many decimals. */
export function bounded(weights: SearchWeights): SearchWeights {
  const factor = 10 ** DECIMALS;
  const within = (name: Feature): number => {
    const usual = DEFAULT_WEIGHTS[name];
    return Math.round(factor * Math.max(usual / FACTOR, Math.min(usual * FACTOR, weights[name]))) / factor;
  };
  return { text: DEFAULT_WEIGHTS.text, words: within('words'), shopper: within('shopper'), popularity: within('popularity'), unavailable: within('unavailable') };
}
