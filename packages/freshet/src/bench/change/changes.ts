/** The changes that are measured: what is written, what takes it back, and the filter by which an answer shows it. */

export interface Change {
  readonly what: string;
  /** After it no answer with the filter shows the item, after `back` those that did do again. */
  readonly there: object;
  readonly back: object;
  readonly filter: object | undefined;
}

const USUAL_PRICE = 20;
const DEAR = 1_000_000;

/** What every item is before its first change. */
export const STOCKED = { price: USUAL_PRICE, available: true, attributes: { stock: 5 } };

export const CHANGES: readonly Change[] = [
  { what: 'availability', there: { available: false }, back: { available: true }, filter: undefined },
  { what: 'price', there: { price: DEAR }, back: { price: USUAL_PRICE }, filter: { price: { lt: DEAR } } },
  { what: 'stock', there: { attributes: { stock: 0 } }, back: { attributes: { stock: 5 } }, filter: { 'attributes.stock': { gte: 1 } } },
];
