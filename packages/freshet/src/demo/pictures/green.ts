/** Drawings of what grows and what is used on it: plants, garden. One for each product, in the order of words.ts. */
import { around, at, disc, type Drawing, faint, leaf, line, moved, oval, pot, rect, shape } from './brush.js';

const GREEN = '#4d8a57';
const GREEN_DARK = '#34683f';
const GREEN_LIGHT = '#7fb36b';
const SOIL = '#5b4433';

/** One frond, drawn once and used for all: it is the drawing with the most parts. */
const frond = `<defs><g id="frond">${line('M0 0q6 -36 0 -72', GREEN_DARK, 2.4)}${[0, 1, 2, 3, 4, 5].map((n) => leaf([2, -14 - n * 10], 62, { length: 22 - n * 2, fill: GREEN }) + leaf([2, -14 - n * 10], -62, { length: 22 - n * 2, fill: GREEN_LIGHT })).join('')}</g></defs>`;

const fern: Drawing = (paint) =>
  frond + [-74, 72, -46, 44, -20, 18, 0].map((angle, n) => `<use href="#frond" transform="translate(100 118) rotate(${angle}) scale(${0.9 + n * 0.04})"/>`).join('') + pot(paint);

const splitLeaf = (x: number, y: number, { angle, size, fill }: { readonly angle: number; readonly size: number; readonly fill: string }): string =>
  moved(`translate(${x} ${y}) rotate(${angle}) scale(${size})`, shape('M0 0q-34 -8 -32 -44q10 -28 32 -34q22 6 32 34q2 36 -32 44z', fill) + line('M0 0v-70', '#ffffff66', 2) +
    shape('M-33 -40l18 4l-17 8zM-28 -58l18 8l-22 4zM33 -40l-18 4l17 8zM28 -58l-18 8l22 4z', '#00000038'));

const monstera: Drawing = (paint) =>
  line('M100 118q-10 -30 -36 -40M100 118q4 -40 0 -60M100 118q12 -28 40 -34', GREEN_DARK, 4) + splitLeaf(62, 92, { angle: -38, size: 0.72, fill: GREEN }) + splitLeaf(140, 96, { angle: 42, size: 0.72, fill: GREEN_LIGHT }) + splitLeaf(100, 84, { angle: 2, size: 0.86, fill: GREEN_DARK }) + pot(paint);

const succulent: Drawing = (paint) =>
  at([[100, 102]], (x, y) => around(11, [x, y], shape(`M${x} ${y}q-13 -22 0 -44q13 22 0 44z`, GREEN)) + around(9, [x, y], shape(`M${x} ${y}q-10 -16 0 -31q10 16 0 31z`, GREEN_LIGHT)) + around(6, [x, y], shape(`M${x} ${y}q-6 -10 0 -19q6 10 0 19z`, '#b6d79a')) + disc(x, y, 5, paint.accent)) +
  shape('M58 126h84l-6 28q-2 7 -9 7h-54q-7 0 -9 -7z', paint.body) + rect([54, 120, 92, 13], paint.shade, 6);

const flower = (x: number, y: number, { size, fill, heart }: { readonly size: number; readonly fill: string; readonly heart: string }): string =>
  moved(`translate(${x} ${y}) scale(${size})`, around(5, [0, 0], oval([0, -11, 8, 11], fill)) + around(5, [0, 0], faint(0.25, oval([0, -7, 3, 6], heart))) + disc(0, 0, 5, heart));

const orchid: Drawing = (paint) =>
  leaf([100, 120], -66, { length: 52, fill: GREEN }) + leaf([100, 120], 64, { length: 52, fill: GREEN_DARK }) + line('M102 118q-10 -60 26 -78q24 -8 34 6', GREEN_DARK, 3.4) +
  flower(96, 78, { size: 0.95, fill: paint.light, heart: paint.accent }) + flower(112, 50, { size: 1, fill: paint.light, heart: paint.accent }) + flower(138, 42, { size: 0.86, fill: paint.light, heart: paint.accent }) + flower(160, 54, { size: 0.6, fill: paint.light, heart: paint.accent }) + pot(paint);

const wateringCan: Drawing = ({ body, flat, shade, light, ink }) =>
  line('M138 84q36 -6 34 28q-2 26 -32 30', shade, 8) + line('M70 116l-42 -44', flat, 13) + moved('rotate(-46 26 70)', rect([10, 62, 32, 13], shade, 5)) + faint(0.7, line('M14 60l-6 -10M24 54l-3 -12M8 70l-8 -6', '#7db4d6', 3)) + shape('M62 84h82v60q0 16 -16 16h-50q-16 0 -16 -16z', body) + faint(0.22, shape('M124 84h20v60q0 16 -16 16h-10q6 -6 6 -16z', ink)) + line('M76 84q27 -36 54 0', shade, 8) + oval([103, 84, 41, 8], shade) + faint(0.5, line('M74 104v32', light, 6));

const planter: Drawing = ({ body, shade, light, accent }) =>
  at([[74, 96], [100, 84], [126, 96]], (x, y) => line(`M${x} 112v${y - 112}`, GREEN_DARK, 3) + leaf([x, y + 6], -40, { length: 24, fill: GREEN }) + leaf([x, y + 6], 40, { length: 24, fill: GREEN_LIGHT })) + disc(100, 78, 9, accent) + disc(74, 88, 7, accent) + disc(126, 88, 7, accent) +
  line('M62 150l-8 12M138 150l8 12', shade, 7) + oval([100, 110, 54, 8], SOIL) + shape('M44 110h112l-8 36q-2 8 -10 8h-76q-8 0 -10 -8z', body) + rect([40, 104, 120, 13], shade, 6) + faint(0.5, line('M62 128q38 8 76 0', light, 3));

const trowel: Drawing = ({ body, light, accent }) =>
  shape('M22 160q12 -22 40 -18q26 -10 46 4q22 -2 28 14z', SOIL) + moved('translate(112 92) rotate(38)', rect([-9, -66, 18, 58], body, 9) + rect([-9, -22, 18, 12], accent) + disc(0, -58, 3, light) + rect([-3.5, -12, 7, 18], '#98a3aa') + shape('M-20 4h40v34q-4 26 -20 34q-16 -8 -20 -34z', '#c3ccd2') + shape('M0 4h20v34q-4 26 -20 34z', '#9fabb3')) + line('M150 158v-18', GREEN_DARK, 3) + leaf([150, 146], -36, { length: 22, fill: GREEN }) + leaf([150, 146], 36, { length: 22, fill: GREEN_LIGHT });

const packet = (x: number, y: number, { tilt, fill, sign }: { readonly tilt: number; readonly fill: string; readonly sign: string }): string =>
  moved(`rotate(${tilt} ${x} ${y})`, rect([x - 17, y - 44, 34, 58], fill, 3) + rect([x - 17, y - 44, 34, 10], '#00000022', 3) + disc(x, y - 16, 9, sign));

const seedBox: Drawing = ({ body, flat, shade, light, accent }) =>
  packet(68, 104, { tilt: -7, fill: light, sign: accent }) + packet(102, 98, { tilt: 2, fill: flat, sign: light }) + packet(134, 104, { tilt: 8, fill: accent, sign: light }) + rect([36, 104, 128, 56], body, 6) + faint(0.25, rect([36, 104, 128, 10], shade)) + rect([64, 122, 72, 26], light, 4) + shape('M100 144q-11 -6 -7 -19q11 5 7 19z', GREEN) + shape('M101 144q11 -5 8 -15q-10 3 -8 15z', GREEN_LIGHT);

export const GREENS: readonly (readonly Drawing[])[] = [
  [fern, monstera, succulent, orchid],
  [wateringCan, planter, trowel, seedBox],
];
