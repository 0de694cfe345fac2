/**
 * The picture of a demo item: a drawing of what it is, in the colours of its collection. SVG as text, a pure function
 * of the item; about 2 KB. It holds shapes and patterns only: nothing is loaded, run or styled from elsewhere.
 */
import type { DemoItem } from '../catalogue.js';
import { createRandomStream } from '../random-stream.js';
import { CATEGORIES } from '../words.js';
import { type Drawing, faint, moved, oval, rect } from './brush.js';
import { definePattern, PALETTES, paintOf, patternOf } from './colours.js';
import { DESK } from './desk.js';
import { GREENS } from './green.js';
import { KITCHEN } from './kitchen.js';
import { ROOMS } from './rooms.js';
import { TABLE } from './table.js';

/** By category and product. */
const DRAWINGS: Readonly<Record<string, readonly Drawing[]>> = Object.fromEntries([
  ...named(['Mugs', 'Tea', 'Coffee', 'Biscuits'], TABLE),
  ...named(['Candles', 'Blankets', 'Lamps', 'Bath'], ROOMS),
  ...named(['Cookware', 'Knives', 'Spices'], KITCHEN),
  ...named(['Plants', 'Garden'], GREENS),
  ...named(['Stationery', 'Toys'], DESK),
]);

function named(names: readonly string[], drawings: readonly (readonly Drawing[])[]): [string, readonly Drawing[]][] {
  return names.map((name, place) => [name, drawings[place] ?? []]);
}

const STREAM = 5_000;
const HANGING = 'Pendant Light';

export function drawPicture(item: DemoItem): string {
  const random = createRandomStream(hashOf(item.id), STREAM);
  const palette = PALETTES[item.collection % PALETTES.length];
  const drawing = DRAWINGS[CATEGORIES[item.category]?.name ?? '']?.[item.product];
  if (palette === undefined || drawing === undefined) throw new RangeError(`there is no drawing of ${item.id}`);
  const style = String(item.fields.attributes?.['style']);
  const pattern = patternOf(style, random.unit());
  const paint = paintOf(palette, { style, pattern, swapped: random.unit() < 0.4 });
  const backdrop = BACKDROPS[random.below(BACKDROPS.length)]?.(palette.backdrop) ?? '';
  const hangs = item.fields.categories?.[1] === HANGING;
  const shadow = hangs ? '' : faint(0.14, oval([100, 161, 70, 7], palette.ink));
  // Mirrored, some of them, so that a shelf doesn't look stamped.
  const thing = random.unit() < 0.35 ? moved('translate(200 0) scale(-1 1)', drawing(paint)) : drawing(paint);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200">${definePattern(pattern, paint)}${rect([0, 0, 200, 200], palette.ground)}${backdrop}${shadow}${thing}</svg>`;
}

/** What stands behind a thing. */
const BACKDROPS: readonly ((fill: string) => string)[] = [
  (fill) => `<circle cx="100" cy="98" r="72" fill="${fill}"/>`,
  (fill) => `<path d="M36 200v-96a64 64 0 0 1 128 0v96z" fill="${fill}"/>`,
  (fill) => rect([0, 150, 200, 50], fill),
  (fill) => `<path d="M0 168q60 -34 110 -18t90 -22v72h-200z" fill="${fill}"/>`,
];

function hashOf(text: string): number {
  let hash = 2_166_136_261;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  return hash;
}
