/** Drawings of what stands on the table: mugs, tea, coffee, biscuits. One for each product, in the order of words.ts. */
import { at, disc, type Drawing, faint, line, moved, oval, type Paint, rect, shape } from './brush.js';

const steam = (x: number, y: number): string => faint(0.55, line(`M${x} ${y}q-6 -9 0 -17t0 -17M${x + 16} ${y}q-6 -9 0 -17t0 -17`, '#fff', 4));

/** A shadow of the same colour. */
const faintly = (color: string): string => `${color}80`;

const mug: Drawing = ({ body, flat, shade, ink, accent }) =>
  steam(88, 58) + line('M130 86q32 -4 31 22q-1 26 -34 25', flat, 11) + shape('M58 70h78v70q0 20 -20 20h-38q-20 0 -20 -20z', body) +
  shape('M118 70h18v70q0 20 -20 20h-8q10 -4 10 -20z', faintly(shade)) + oval([97, 70, 39, 9], shade) + oval([97, 71, 33, 6], accent) + oval([97, 71, 33, 6], `${ink}66`);

const teaCup: Drawing = ({ body, shade, light, accent }) =>
  steam(92, 70) + oval([100, 155, 64, 9], shade) + oval([100, 152, 64, 8], light) + rect([84, 138, 32, 10], shade, 4) +
  shape('M54 86h92q0 46 -34 54h-24q-34 -8 -34 -54z', body) + oval([100, 86, 46, 10], shade) + oval([100, 87, 39, 7], accent);

const smallCup = ({ body, flat, shade }: Paint, fill: string): string =>
  line('M34 12q16 0 15 12q-1 11 -17 11', flat, 6) + shape('M-4 6h40v22q0 16 -16 16h-8q-16 0 -16 -16z', body) + oval([16, 6, 20, 5], shade) + oval([16, 7, 16, 3.4], fill);

const espressoSet: Drawing = (paint) =>
  rect([20, 150, 160, 11], paint.ink, 5) + moved('translate(36 86) scale(1.42)', smallCup(paint, paint.ink)) +
  moved('translate(112 86) scale(1.42)', smallCup({ ...paint, body: paint.accent, flat: paint.accent }, paint.ink)) + steam(52, 82) + steam(128, 82);

const travelMug: Drawing = ({ body, shade, light, accent, ink }) =>
  shape('M70 62h60l-7 90q-1 8 -8 8h-30q-7 0 -8 -8z', body) + shape('M73 96h54l-2 30h-50z', accent) + disc(100, 111, 8, light) +
  rect([64, 48, 72, 18], ink, 8) + rect([78, 40, 32, 12], shade, 5) + faint(0.3, shape('M112 66h14l-7 86q-1 6 -6 6h-6z', ink));

/** A tin with a label; `sign` is drawn around (100, 112). */
const tin = (sign: (paint: Paint) => string): Drawing => (paint) =>
  rect([64, 62, 72, 98], paint.body, 8) + faint(0.25, rect([118, 62, 18, 98], paint.ink, 8)) + rect([60, 46, 80, 24], paint.shade, 7) + rect([76, 38, 48, 10], paint.shade, 5) +
  rect([74, 84, 52, 56], paint.light, 5) + sign(paint);

const greenTea = tin(({ flat, accent }) => shape('M100 134q-24 -14 -14 -40q22 10 14 40z', flat) + shape('M101 134q22 -10 16 -32q-20 6 -16 32z', accent));
const blackTea = tin(({ accent, ink }) => disc(100, 112, 15, accent) + line('M100 91v-1M100 134v-1M79 112h-1M122 112h-1M85 97l-1 -1M116 128l-1 -1M116 97l1 -1M84 128l1 -1', accent, 4) + faint(0.25, disc(104, 108, 9, ink)));
const herbalTea = tin(({ accent, flat }) => at([[100, 100], [111, 108], [107, 121], [93, 121], [89, 108]], (x, y) => disc(x, y, 8, accent)) + disc(100, 111, 7, flat));
const oolong = tin(({ flat, shade, accent }) => disc(112, 99, 7, accent) + shape('M78 134l16 -30l10 17l7 -11l12 24z', flat) + shape('M94 104l10 17l-6 4l-6 -5l-6 -1z', shade));

const bean = (x: number, y: number, color: string): string => moved(`translate(${x} ${y}) rotate(28)`, oval([0, 0, 7, 10], color) + line('M1 -8q-5 8 0 16', '#fff', 1.6));

/** A folded bag; `sign` on its label. */
const bag = (sign: (paint: Paint) => string): Drawing => (paint) =>
  shape('M62 70l8 -16h60l8 16v84q0 7 -7 7h-62q-7 0 -7 -7z', paint.body) + shape('M70 54l3 -14h54l3 14z', paint.shade) + line('M64 70h72', paint.shade, 3) +
  faint(0.2, shape('M118 54h12l8 16v84q0 7 -7 7h-13z', paint.ink)) + rect([76, 88, 48, 52], paint.light, 24) + sign(paint);

const espressoBeans = bag(({ ink }) => bean(92, 108, ink) + bean(109, 122, ink));
const filterCoffee = bag(({ accent, ink }) => shape('M84 102h32l-11 18h-10z', accent) + rect([93, 122, 14, 4], ink, 2) + line('M100 128v6', ink, 3));
const decafBeans = bag(({ ink, accent }) => bean(96, 118, ink) + shape('M112 99a13 13 0 1 0 6 18a11 11 0 0 1 -6 -18z', accent));

const coldBrew: Drawing = ({ body, flat, shade, light, accent, ink }) =>
  shape('M82 40h36v22q0 8 8 16q10 9 10 22v50q0 10 -10 10h-52q-10 0 -10 -10v-50q0 -13 10 -22q8 -8 8 -16z', `${ink}d9`) + rect([78, 30, 44, 16], shade, 5) +
  rect([64, 104, 72, 40], body) + rect([72, 110, 56, 28], light, 4) + line('M82 124h24', flat, 4) + disc(117, 124, 5, accent) + faint(0.25, rect([74, 84, 7, 68], '#ffffff', 3));

const finger = (x: number, y: number, color: string): string =>
  rect([x, y, 96, 22], color, 7) + at([[16, 11], [36, 11], [56, 11], [76, 11]], (dx, dy) => disc(x + dx, y + dy, 2.4, '#8f6a3a66'));

const shortbread: Drawing = ({ body, shade, light, accent }) =>
  finger(44, 84, '#e7c27d') + finger(56, 62, '#efcf92') + rect([36, 108, 128, 52], body, 8) + rect([36, 108, 128, 12], shade, 6) + rect([70, 124, 60, 26], light, 5) + line('M80 137h40', accent, 4);

const round = (x: number, y: number, r: number, { crust, bits }: { readonly crust: string; readonly bits: string }): string =>
  disc(x, y, r, crust) + faint(0.35, disc(x + 3, y + 3, r - 6, '#fff')) + at([[-12, -8], [6, -14], [13, 4], [-4, 8], [-16, 9], [5, 17]], (dx, dy) => disc(x + dx, y + dy, 3.2, bits));

const oatBiscuits: Drawing = ({ accent, ink, light, body }) =>
  oval([100, 154, 70, 12], body) + oval([100, 151, 62, 9], light) + round(72, 116, 32, { crust: '#d6a964', bits: ink }) + round(126, 118, 32, { crust: '#dfb673', bits: ink }) + round(98, 82, 32, { crust: '#e6c084', bits: accent });

const star = (x: number, y: number, color: string): string => moved(`translate(${x} ${y})`, shape('M0 -32l9 19l21 2l-15 15l4 22l-19 -11l-19 11l4 -22l-15 -15l21 -2z', color));

const gingerSnaps: Drawing = ({ body, shade, light, accent }) =>
  star(70, 92, '#a9652f') + star(128, 88, '#b9743a') + at([[70, 92], [128, 88]], (x, y) => faint(0.9, line(`M${x - 9} ${y + 4}q9 9 18 0`, light, 3) + disc(x - 6, y - 5, 2.4, light) + disc(x + 6, y - 5, 2.4, light))) +
  shape('M44 112h112l-8 42q-1 6 -8 6h-80q-7 0 -8 -6z', body) + rect([40, 106, 120, 14], shade, 6) + disc(100, 138, 11, accent);

const wafer = (x: number, y: number, { body, light, shade }: Paint): string =>
  rect([x, y, 84, 10], '#e2b877', 3) + rect([x + 2, y + 10, 80, 7], light) + rect([x, y + 17, 84, 10], '#d8a964', 3) + rect([x + 2, y + 27, 80, 7], body) + rect([x, y + 34, 84, 10], '#cf9c55', 3) +
  faint(0.35, line(`M${x + 14} ${y + 4}v2M${x + 28} ${y + 4}v2M${x + 42} ${y + 4}v2M${x + 56} ${y + 4}v2M${x + 70} ${y + 4}v2`, shade, 4));

const wafers: Drawing = (paint) => moved('rotate(-7 100 130)', wafer(34, 116, paint)) + moved('rotate(9 120 90)', wafer(82, 96, paint)) + moved('rotate(-16 90 70)', wafer(52, 58, paint));

export const TABLE: readonly (readonly Drawing[])[] = [
  [mug, teaCup, espressoSet, travelMug],
  [greenTea, blackTea, herbalTea, oolong],
  [espressoBeans, filterCoffee, coldBrew, decafBeans],
  [shortbread, oatBiscuits, gingerSnaps, wafers],
];
