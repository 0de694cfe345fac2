/**
 * The words that the demo shop's catalogue is made of: a made-up home and living shop.
 * Data only. `pairs` names the categories whose things people look at next; `again` says how often a thing is used up.
 */
export interface CategoryWords {
  readonly name: string;
  readonly nouns: readonly string[];
  readonly adjectives: readonly string[];
  /** Typical price. */
  readonly price: number;
  readonly pairs: readonly string[];
  /** Share of visits that come to buy the same thing again. */
  readonly again: number;
}

export const CATEGORIES: readonly CategoryWords[] = [
  { name: 'Mugs', nouns: ['Mug', 'Cup', 'Espresso Set', 'Travel Mug'], adjectives: ['Stoneware', 'Porcelain', 'Enamel', 'Speckled', 'Glazed', 'Hand-Thrown'], price: 14, pairs: ['Tea', 'Coffee'], again: 0 },
  { name: 'Tea', nouns: ['Green Tea', 'Black Tea', 'Herbal Tea', 'Oolong'], adjectives: ['Loose-Leaf', 'Organic', 'Smoked', 'Spring', 'Mountain', 'Jasmine'], price: 9, pairs: ['Mugs', 'Biscuits'], again: 0.5 },
  { name: 'Coffee', nouns: ['Espresso Beans', 'Filter Coffee', 'Cold Brew', 'Decaf Beans'], adjectives: ['Dark Roast', 'Light Roast', 'Single-Origin', 'Fair-Trade', 'House', 'Washed'], price: 12, pairs: ['Mugs', 'Biscuits'], again: 0.55 },
  { name: 'Biscuits', nouns: ['Shortbread', 'Oat Biscuits', 'Ginger Snaps', 'Wafers'], adjectives: ['Butter', 'Chocolate', 'Almond', 'Lemon', 'Salted', 'Spelt'], price: 5, pairs: ['Tea', 'Coffee'], again: 0.45 },
  { name: 'Candles', nouns: ['Pillar Candle', 'Tealights', 'Scented Candle', 'Candle Holder'], adjectives: ['Beeswax', 'Soy', 'Cedar', 'Lavender', 'Amber', 'Unscented'], price: 16, pairs: ['Bath', 'Blankets'], again: 0.3 },
  { name: 'Blankets', nouns: ['Throw', 'Blanket', 'Cushion', 'Cushion Cover'], adjectives: ['Wool', 'Linen', 'Cotton', 'Knitted', 'Checked', 'Quilted'], price: 48, pairs: ['Lamps', 'Candles'], again: 0 },
  { name: 'Lamps', nouns: ['Table Lamp', 'Floor Lamp', 'Pendant', 'Reading Light'], adjectives: ['Brass', 'Paper', 'Dimmable', 'Oak', 'Glass', 'Rattan'], price: 79, pairs: ['Blankets', 'Stationery'], again: 0 },
  { name: 'Cookware', nouns: ['Frying Pan', 'Casserole', 'Saucepan', 'Roasting Tin'], adjectives: ['Cast-Iron', 'Copper', 'Non-Stick', 'Steel', 'Enamelled', 'Ceramic'], price: 62, pairs: ['Knives', 'Spices'], again: 0 },
  { name: 'Knives', nouns: ['Chef’s Knife', 'Paring Knife', 'Bread Knife', 'Chopping Board'], adjectives: ['Carbon-Steel', 'Damascus', 'Olive-Wood', 'Folded', 'Walnut', 'Serrated'], price: 55, pairs: ['Cookware', 'Spices'], again: 0 },
  { name: 'Spices', nouns: ['Curry Blend', 'Peppercorns', 'Sea Salt', 'Paprika'], adjectives: ['Smoked', 'Whole', 'Coarse', 'Hot', 'Mild', 'Toasted'], price: 6, pairs: ['Cookware', 'Knives'], again: 0.4 },
  { name: 'Plants', nouns: ['Fern', 'Monstera', 'Succulent', 'Orchid'], adjectives: ['Potted', 'Hanging', 'Small', 'Large', 'Shade-Loving', 'Pet-Safe'], price: 19, pairs: ['Garden', 'Lamps'], again: 0.05 },
  { name: 'Garden', nouns: ['Watering Can', 'Planter', 'Trowel', 'Seed Box'], adjectives: ['Zinc', 'Terracotta', 'Copper', 'Self-Watering', 'Cedar', 'Galvanised'], price: 24, pairs: ['Plants', 'Toys'], again: 0.1 },
  { name: 'Bath', nouns: ['Bath Towel', 'Hand Soap', 'Bath Salts', 'Bath Mat'], adjectives: ['Organic', 'Waffle', 'Eucalyptus', 'Oat', 'Bamboo', 'Seaweed'], price: 18, pairs: ['Candles', 'Blankets'], again: 0.25 },
  { name: 'Stationery', nouns: ['Notebook', 'Fountain Pen', 'Desk Pad', 'Card Set'], adjectives: ['Dotted', 'Ruled', 'Recycled', 'Leather', 'Letterpress', 'Pocket'], price: 15, pairs: ['Lamps', 'Toys'], again: 0.15 },
  { name: 'Toys', nouns: ['Puzzle', 'Building Blocks', 'Soft Bear', 'Board Game'], adjectives: ['Wooden', 'Woodland', 'Rainbow', 'Family', 'Pocket', 'Felt'], price: 26, pairs: ['Stationery', 'Garden'], again: 0 },
];

/** Ranges that go across the categories: what makes two things look right together. */
export const COLLECTIONS: readonly string[] = ['Coast', 'Forest', 'Harvest', 'Night Sky', 'Meadow', 'Studio', 'Winter', 'Terrazzo'];

/** Made-up makers; the first are the cheapest. */
export const BRANDS: readonly string[] = [
  'Plainly', 'Dayware', 'Tumble', 'Oddment', 'Hearthside', 'Greenlane', 'Saltbox', 'Lumenne', 'Rookery', 'Tidewell', 'Fernhollow', 'Atelier Nord',
];
