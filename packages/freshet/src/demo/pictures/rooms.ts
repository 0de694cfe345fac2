/** Drawings of what makes a room: candles, blankets, lamps, bath. One for each product, in the order of words.ts. */
import { at, disc, type Drawing, faint, flame, line, moved, oval, type Paint, rect, shape } from './brush.js';

const glow = (x: number, y: number, r: number): string => faint(0.35, disc(x, y, r, '#ffe9a8'));

const pillarCandle: Drawing = (paint) =>
  glow(100, 44, 34) + flame(100, 66, paint) + rect([72, 66, 56, 94], paint.body, 6) + oval([100, 66, 28, 7], paint.light) + shape('M72 66q0 22 8 22t6 -12q2 -4 6 0t4 -10z', paint.light) + faint(0.25, rect([112, 70, 16, 90], paint.ink, 6));

const tealight = (x: number, y: number, paint: Paint): string =>
  glow(x, y - 20, 18) + flame(x, y + 1, paint) + shape(`M${x - 26} ${y}h52v22q0 6 -6 6h-40q-6 0 -6 -6z`, paint.body) + oval([x, y, 26, 7], paint.shade) + oval([x, y, 21, 5], paint.light) + flame(x, y, paint);

const tealights: Drawing = (paint) => tealight(100, 92, paint) + tealight(62, 130, paint) + tealight(138, 130, { ...paint, body: paint.accent, shade: paint.ink });

const scentedCandle: Drawing = (paint) =>
  glow(100, 52, 32) + rect([62, 64, 76, 96], `${paint.light}cc`, 14) + rect([66, 86, 68, 70], paint.body, 11) + oval([100, 86, 34, 7], paint.light) + flame(100, 86, paint) +
  rect([78, 106, 44, 32], paint.light, 4) + line('M88 118h24M92 127h16', paint.flat, 3) + faint(0.5, rect([68, 72, 6, 80], '#ffffff', 3)) + line('M62 78v66q0 16 16 16h44q16 0 16 -16v-66', paint.shade, 2);

const candleHolder: Drawing = (paint) =>
  glow(100, 34, 28) + flame(100, 54, paint) + rect([91, 54, 18, 52], paint.light, 3) + shape('M82 102h36l-4 12h-28z', paint.shade) + rect([95, 112, 10, 30], paint.flat) + disc(100, 124, 9, paint.body) +
  shape('M64 160q4 -20 36 -20t36 20z', paint.body) + oval([100, 160, 36, 5], paint.shade);

const fringe = (x: number, y: number, { count, color }: { readonly count: number; readonly color: string }): string =>
  Array.from({ length: count }, (_, n) => line(`M${x + n * 8} ${y}v9`, color, 3)).join('');

const throwDrawing: Drawing = ({ body, flat, shade, light }) =>
  rect([36, 128, 128, 32], shade, 12) + rect([40, 104, 120, 34], body, 14) + shape('M58 70q0 -10 12 -10h66q14 0 14 14v66h-92z', body) + faint(0.2, shape('M58 92h92v8h-92zM58 122h92v5h-92z', light)) +
  rect([58, 134, 92, 8], flat) + fringe(62, 142, { count: 11, color: flat }) + line('M40 120h18M150 120h10', light, 2);

const fold = (y: number, { width, fill, edge }: { readonly width: number; readonly fill: string; readonly edge: string }): string =>
  rect([100 - width / 2, y, width, 26], fill, 13) + line(`M${100 - width / 2 + 16} ${y + 13}h${width - 32}`, edge, 2);

const blanket: Drawing = ({ body, shade, light, accent }) =>
  fold(134, { width: 136, fill: shade, edge: light }) + fold(110, { width: 130, fill: body, edge: shade }) + fold(86, { width: 134, fill: light, edge: shade }) + fold(62, { width: 126, fill: body, edge: shade }) +
  rect([112, 60, 20, 102], accent, 4) + disc(122, 74, 5, light);

const PILLOW = 'M44 56q56 12 112 0q-10 52 0 104q-56 -12 -112 0q10 -52 0 -104z';

const cushion: Drawing = ({ body, shade, light, accent }) =>
  shape(PILLOW, body) + faint(0.2, shape('M156 56q-10 52 0 104q-28 -6 -56 -6q40 -20 56 -98z', shade)) + line('M100 98q-18 -2 -30 -18M100 118q-18 2 -30 18M100 98q18 -2 30 -18M100 118q18 2 30 18', `${shade}99`, 2) + disc(100, 108, 8, accent) + disc(100, 108, 3, light);

const tassel = (x: number, y: number, color: string): string => disc(x, y, 5, color) + line(`M${x} ${y}l${x < 100 ? -6 : 6} ${y < 100 ? -8 : 8}`, color, 5);

const cushionCover: Drawing = ({ body, flat, light, accent }) =>
  moved('rotate(-6 100 108)', at([[46, 58], [154, 58], [46, 158], [154, 158]], (x, y) => tassel(x, y, accent)) + shape(PILLOW, body) + shape('M47 80q53 10 106 0l-2 14q-51 9 -102 0z', light) + shape('M49 122q51 -9 102 0l2 14q-53 -10 -106 0z', light) + line('M51 108q49 -4 98 0', flat, 4));

const tableLamp: Drawing = ({ body, flat, shade, light, accent, ink }) =>
  faint(0.35, shape('M68 92l-22 68h108l-22 -68z', '#ffe9a8')) + rect([96, 88, 8, 20], ink) + shape('M80 150q-14 -30 8 -44h24q22 14 8 44q-2 10 -10 10h-20q-8 0 -10 -10z', body) + faint(0.2, shape('M112 106q22 14 8 44q-2 10 -10 10h-8q14 -22 2 -54z', ink)) +
  shape('M76 40h48l18 52h-84z', light) + shape('M76 40h48l2 7h-52z', accent) + line('M60 90h80', shade, 4) + oval([100, 159, 26, 4], flat);

const floorLamp: Drawing = ({ body, flat, shade, light, accent }) =>
  faint(0.3, shape('M72 74l-24 84h104l-24 -84z', '#ffe9a8')) + line('M100 76l-26 84M100 76l26 84M100 76v84', shade, 6) + line('M86 122h28', flat, 4) + shape('M78 28h44l16 48h-76z', body) + rect([74, 70, 52, 8], accent, 4) + disc(100, 24, 4, light);

const pendant: Drawing = ({ body, shade, light, accent, ink }) =>
  line('M100 0v52', ink, 3) + faint(0.35, shape('M50 112l-24 60h148l-24 -60z', '#ffe9a8')) + rect([90, 46, 20, 18], accent, 5) + shape('M46 112q2 -54 54 -54t54 54z', body) + faint(0.2, shape('M110 58q42 4 44 54h-30q2 -36 -14 -54z', ink)) + oval([100, 112, 54, 9], shade) + disc(100, 116, 13, light);

const readingLight: Drawing = ({ body, flat, shade, light, accent, ink }) =>
  faint(0.35, shape('M128 78l-16 82h70z', '#ffe9a8')) + oval([74, 158, 36, 6], shade) + rect([46, 148, 56, 10], body, 5) + line('M74 148l-18 -52l48 -48', flat, 7) + disc(56, 96, 8, accent) + disc(104, 50, 7, accent) + shape('M98 44l20 -12l34 44q-22 14 -40 4z', body) + oval([133, 80, 22, 8], ink) + disc(132, 82, 6, light);

const bathTowel: Drawing = ({ body, shade, light, accent }) =>
  rect([40, 126, 120, 34], body, 15) + rect([44, 94, 112, 36], light, 16) + rect([48, 64, 104, 34], body, 15) + at([[48, 64], [40, 126]], (x, y) => rect([x + 18, y, 12, 34], accent)) + rect([66, 94, 10, 36], shade) + line('M140 70q6 12 0 22M144 100q6 12 0 24M148 132q6 12 0 22', `${shade}aa`, 3);

const handSoap: Drawing = ({ body, flat, shade, light, accent, ink }) =>
  rect([66, 76, 68, 84], body, 14) + faint(0.2, shape('M116 76h4q14 0 14 14v56q0 14 -14 14h-10q6 -6 6 -14z', ink)) + rect([84, 62, 32, 16], shade, 4) + rect([96, 40, 8, 24], ink) + shape('M76 30h34q10 0 10 12h-34q-10 0 -10 -6z', ink) +
  rect([78, 94, 44, 48], light, 5) + shape('M100 134q-18 -10 -11 -31q17 8 11 31z', flat) + shape('M101 134q16 -8 11 -24q-14 4 -11 24z', accent);

const bathSalts: Drawing = ({ body, shade, light, accent, flat }) =>
  rect([60, 66, 80, 94], `${light}d9`, 16) + shape('M64 104q18 -10 36 0t36 0v38q0 14 -14 14h-44q-14 0 -14 -14z', body) + at([[78, 118], [94, 128], [112, 116], [124, 132], [84, 142], [106, 144]], (x, y) => rect([x, y, 6, 6], light, 1)) + rect([72, 46, 56, 26], '#c79a67', 6) + line('M76 56h48', '#a97d4c', 2) +
  line('M60 82v62q0 16 16 16h48q16 0 16 -16v-62', shade, 2) + line('M64 84q36 12 72 0', accent, 4) + shape('M136 86l16 8l-4 16l-14 -6z', flat);

const bathMat: Drawing = ({ body, flat, shade, light, accent }) =>
  shape('M30 122l112 -26q10 -2 14 6l18 34q4 8 -6 10l-106 14q-8 1 -13 -5l-24 -25q-4 -6 5 -8z', shade) + shape('M30 116l112 -26q10 -2 14 6l18 34q4 8 -6 10l-106 14q-8 1 -13 -5l-24 -25q-4 -6 5 -8z', body) + line('M46 118l98 -22M66 142l92 -14', light, 5) +
  moved('translate(84 60)', shape('M4 40q-14 -22 12 -26q-2 -16 14 -16q16 2 13 18q14 8 2 24z', accent) + disc(32, 6, 2.4, '#2b2b2b') + shape('M42 6l12 3l-11 5z', '#e0762f') + line('M14 26q8 6 16 0', flat, 2));

export const ROOMS: readonly (readonly Drawing[])[] = [
  [pillarCandle, tealights, scentedCandle, candleHolder],
  [throwDrawing, blanket, cushion, cushionCover],
  [tableLamp, floorLamp, pendant, readingLight],
  [bathTowel, handSoap, bathSalts, bathMat],
];
