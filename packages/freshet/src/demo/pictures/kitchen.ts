/** Drawings of the kitchen: cookware, knives, spices. One for each product, in the order of words.ts. */
import { around, at, disc, type Drawing, faint, line, moved, oval, type Paint, rect, shape } from './brush.js';

const WOOD = '#a9713f';
const WOOD_DARK = '#84552c';
const STEEL = '#c9d1d6';
const STEEL_DARK = '#9aa5ac';

const fryingPan: Drawing = ({ body, shade, light, ink, accent }) =>
  moved('rotate(-32 100 104)', rect([130, 95, 62, 18], WOOD, 9) + rect([122, 93, 24, 22], shade, 5) + disc(182, 104, 3.4, light)) + disc(84, 112, 52, shade) + disc(84, 109, 50, body) + disc(84, 109, 39, ink) + faint(0.25, disc(76, 100, 24, light)) +
  shape('M66 112q-6 -20 14 -20q8 -10 18 2q14 4 6 18q-4 16 -20 10q-14 4 -18 -10z', '#fffaf0') + disc(86, 108, 9, accent);

const casserole: Drawing = ({ body, shade, light, accent, ink }) =>
  rect([28, 100, 28, 16], shade, 8) + rect([144, 100, 28, 16], shade, 8) + shape('M44 92h112v48q0 20 -20 20h-72q-20 0 -20 -20z', body) + faint(0.22, shape('M132 92h24v48q0 20 -20 20h-14q10 -8 10 -20z', ink)) + rect([38, 84, 124, 14], shade, 7) + shape('M48 84q6 -26 52 -26t52 26z', body) + faint(0.4, line('M64 76q10 -10 28 -11', light, 5)) + rect([88, 46, 24, 14], accent, 7);

const saucepan: Drawing = ({ body, shade, light, ink }) =>
  rect([136, 92, 60, 13], WOOD, 6) + disc(188, 98.5, 3, light) + shape('M36 84h106v56q0 20 -20 20h-66q-20 0 -20 -20z', body) + faint(0.22, shape('M118 84h24v56q0 20 -20 20h-14q10 -8 10 -20z', ink)) + rect([30, 78, 118, 12], shade, 6) + faint(0.4, line('M50 100v34', light, 6)) + faint(0.5, line('M70 66q-6 -9 0 -17t0 -17M92 66q-6 -9 0 -17t0 -17M114 66q-6 -9 0 -17t0 -17', '#fff', 4));

const roastingTin: Drawing = ({ body, shade, light, accent, ink }) =>
  line('M34 118q-16 -2 -14 -14q2 -8 16 -8M166 118q16 -2 14 -14q-2 -8 -16 -8', ink, 6) + shape('M28 104h144l-14 48q-2 8 -11 8h-94q-9 0 -11 -8z', body) + oval([100, 104, 72, 13], shade) + oval([100, 105, 62, 9], ink) +
  at([[66, 98], [92, 92], [122, 94], [142, 101], [104, 104], [78, 106]], (x, y) => disc(x, y, 11, accent) + faint(0.4, disc(x - 3, y - 4, 4, light))) + shape('M118 84q10 -14 24 -10q-6 14 -24 10z', '#6f8f45');

const handle = (fill: string, dark: string): string => rect([4, -9, 62, 18], fill, 7) + at([[18, 0], [34, 0], [50, 0]], (x, y) => disc(x, y, 2.2, dark));

const chefsKnife: Drawing = ({ flat, shade, light }) =>
  moved('translate(118 118) rotate(38)', handle(flat, light) + rect([-4, -11, 10, 22], shade, 3)) + moved('translate(118 118) rotate(38)', shape('M-4 -12h-88q-14 4 -22 12q40 20 110 16z', STEEL) + shape('M-114 0q40 20 110 16v-6q-70 2 -110 -10z', STEEL_DARK) + line('M-84 -6h60', light, 2));

const paringKnife: Drawing = ({ flat, shade, light, accent }) =>
  disc(72, 120, 38, accent) + disc(72, 120, 32, '#fff4d6') + faint(0.85, around(8, [72, 120], shape('M72 117l-8 -23q8 -6 16 0z', accent))) + moved('translate(128 92) rotate(-48)', handle(flat, light) + rect([-4, -10, 9, 20], shade, 3) + shape('M-4 -9h-40q-14 4 -18 9q22 11 58 10z', STEEL) + shape('M-62 0q22 11 58 10v-4q-36 0 -58 -6z', STEEL_DARK));

const breadKnife: Drawing = ({ flat, shade, light }) =>
  shape('M28 116q-6 -36 38 -36h54q36 0 34 30v44q0 6 -6 6h-112q-6 0 -6 -6z', '#c98a4b') + shape('M120 80q36 0 34 30v44q0 6 -6 6h-26q-6 0 -6 -6v-34q-8 -30 4 -40z', '#f3dfb6') + line('M48 96l14 16M70 92l14 18M92 92l12 16', '#a8692f', 5) +
  moved('translate(150 62) rotate(-20)', handle(flat, light) + rect([-4, -10, 9, 20], shade, 3) + shape('M-4 -8h-112q-8 0 -8 8l10 8l8 -5l8 5l8 -5l8 5l8 -5l8 5l8 -5l8 5l8 -5l8 5l8 -5l8 5l8 -5h6z', STEEL));

const choppingBoard: Drawing = ({ flat, shade, light, accent }) =>
  moved('rotate(-9 100 108)', rect([56, 62, 88, 104], WOOD, 14) + rect([86, 30, 28, 42], WOOD, 13) + disc(100, 44, 6, light) + line('M74 76v80M92 72v88M112 74v86M128 78v78', WOOD_DARK, 1.6)) + moved('translate(96 118)', shape('M-22 10q0 -26 24 -26t24 26q-4 16 -24 16t-24 -16z', accent) + shape('M0 -16q2 -12 12 -14q2 12 -12 14z', '#6f8f45')) + line('M118 150l22 -40', flat, 4) + disc(142, 106, 5, shade);

const mound = (color: string): string => shape('M62 104q38 -46 76 0z', color);

const curryBlend: Drawing = ({ body, shade, light }) =>
  mound('#dd9a2b') + faint(0.4, at([[88, 94], [104, 86], [116, 98], [98, 99]], (x, y) => disc(x, y, 2.4, '#8a4f13'))) + oval([100, 106, 56, 11], shade) + mound('#e2a435') + shape('M44 106h112q-2 44 -38 52h-36q-36 -8 -38 -52z', body) + rect([82, 152, 36, 9], shade, 4) + line('M60 122q40 12 80 0', light, 4) + moved('rotate(34 150 78)', oval([150, 62, 9, 14], '#b98a53') + rect([147, 72, 6, 44], '#b98a53', 3));

/** A jar with a lid; what is in it is drawn from y = 92 down. */
const jar = (filling: string, { body, shade, light }: Paint): string =>
  rect([62, 66, 76, 94], `${light}cc`, 13) + filling + rect([66, 46, 68, 24], shade, 6) + rect([74, 112, 52, 30], light, 4) + rect([82, 120, 36, 5], body, 2) + rect([82, 129, 24, 5], shade, 2) + faint(0.55, rect([68, 76, 6, 76], '#ffffff', 3));

const GRAINS = [[74, 98], [84, 94], [96, 99], [107, 94], [118, 99], [127, 95], [78, 106], [90, 106], [102, 107], [114, 106], [126, 106], [72, 118], [72, 132], [130, 118], [130, 132], [76, 148], [88, 150], [100, 148], [112, 150], [124, 148]] as const;

const peppercorns: Drawing = (paint) => jar(rect([66, 92, 68, 64], `${paint.ink}55`, 10) + at(GRAINS, (x, y) => disc(x, y, 5, (x + y) % 3 === 0 ? paint.accent : paint.ink)), paint);
const seaSalt: Drawing = (paint) => jar(rect([66, 90, 68, 66], '#ffffff', 10) + at(GRAINS, (x, y) => moved(`rotate(${(x * 7 + y) % 90} ${x} ${y})`, rect([x - 3, y - 3, 6, 6], (x + y) % 2 === 0 ? '#dfe7ea' : '#cfdade', 1))), paint);

const paprika: Drawing = ({ body, shade, light, ink, accent }) =>
  rect([60, 58, 80, 102], body, 8) + faint(0.22, rect([120, 58, 20, 102], ink, 8)) + rect([56, 44, 88, 20], shade, 7) + rect([72, 82, 56, 62], light, 6) + shape('M104 98q18 4 12 22q-8 18 -32 16q20 -8 14 -24q-2 -14 6 -14z', '#c8321f') + line('M105 98q-2 -8 6 -12', '#5c7a35', 4) + disc(84, 94, 4, accent);

export const KITCHEN: readonly (readonly Drawing[])[] = [
  [fryingPan, casserole, saucepan, roastingTin],
  [chefsKnife, paringKnife, breadKnife, choppingBoard],
  [curryBlend, peppercorns, seaSalt, paprika],
];
