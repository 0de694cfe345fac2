/** Drawings of the desk and the nursery: stationery, toys. One for each product, in the order of words.ts. */
import { at, disc, type Drawing, faint, leaf, line, moved, oval, rect, shape } from './brush.js';

const faintly = (color: string): string => `${color}59`;

const notebook: Drawing = ({ body, flat, shade, light, accent, ink }) =>
  moved('rotate(-8 100 104)', rect([60, 46, 92, 116], shade, 6) + rect([62, 50, 88, 110], light, 4) + rect([54, 44, 92, 114], body, 6) + rect([54, 44, 14, 114], faintly(ink), 6) + rect([84, 70, 46, 26], light, 3) + line('M92 79h30M92 87h18', flat, 3) + rect([132, 44, 6, 114], accent) + shape('M110 158v18l6 -6l6 6v-18z', accent));

const fountainPen: Drawing = ({ flat, shade, light, accent, ink }) =>
  line('M30 148q30 -22 44 -4t40 -6t52 4', flat, 4) + moved('translate(76 118) rotate(38)', shape('M-8 -4h16l-3 20q-5 12 -5 12q0 0 -5 -12z', '#d9b25a') + line('M0 4v20', ink, 1.6) + rect([-10, -16, 20, 14], ink, 3) + rect([-12, -66, 24, 52], flat, 6) + rect([-13, -108, 26, 46], shade, 8) + rect([-13, -68, 26, 6], accent) + rect([8, -104, 5, 34], accent, 2) + faint(0.4, rect([-8, -60, 5, 42], light, 2)));

const deskPad: Drawing = ({ body, flat, shade, light, accent, ink }) =>
  shape('M34 116l104 -22q8 -2 12 4l24 34q4 7 -5 9l-108 19q-8 1 -13 -5l-20 -30q-3 -7 6 -9z', shade) + shape('M34 110l104 -22q8 -2 12 4l24 34q4 7 -5 9l-108 19q-8 1 -13 -5l-20 -30q-3 -7 6 -9z', body) + line('M44 118l94 -20l24 32', light, 1.6) +
  shape('M70 112l44 -9l17 24l-46 9z', light) + line('M82 117l28 -6M88 124l30 -6', flat, 2.4) + line('M126 92l26 -36', accent, 6) + line('M126 92l-4 7', ink, 4) + oval([56, 92, 17, 6], ink) + shape('M39 70h34v20q0 8 -17 8t-17 -8z', accent) + oval([56, 70, 17, 5], light);

const cardSet: Drawing = ({ body, flat, shade, light, accent }) =>
  moved('rotate(-12 90 110)', rect([44, 62, 84, 104], shade, 5) + rect([50, 68, 72, 92], body, 3)) + moved('rotate(7 116 108)', rect([72, 54, 84, 104], '#00000014', 5) + rect([70, 50, 84, 104], light, 5) + at([[112, 92]], (x, y) => line(`M${x} 132v-56`, flat, 3) + leaf([x, y + 30], -48, { length: 28, fill: flat }) + leaf([x, y + 22], 48, { length: 28, fill: shade }) + leaf([x, y + 8], -42, { length: 24, fill: shade }) + leaf([x, y], 42, { length: 22, fill: flat }) + disc(x, 72, 8, accent)));

const piece = (fill: string): string => shape('M0 0h18a9 9 0 1 1 16 0h18v18a9 9 0 1 1 0 16v18h-52z', fill);

const puzzle: Drawing = ({ body, flat, shade, light, accent }) =>
  moved('translate(44 106)', piece(body)) + moved('translate(98 106) rotate(4)', piece(light)) + moved('translate(50 50) rotate(-7)', piece(accent)) + moved('translate(116 40) rotate(14)', piece(flat)) + faint(0.3, moved('translate(44 106)', rect([0, 46, 52, 6], shade)));

const buildingBlocks: Drawing = ({ body, flat, shade, light, accent, ink }) =>
  rect([34, 118, 42, 42], body, 4) + shape('M80 160v-42h44v42h-12v-8a10 10 0 0 0 -20 0v8z', accent) + rect([128, 118, 40, 42], flat, 4) + rect([42, 80, 40, 38], light, 4) + disc(62, 99, 10, accent) + rect([96, 82, 62, 34], shade, 4) + line('M106 99h42', light, 5) + shape('M38 80l24 -30l24 30z', flat) + disc(126, 66, 16, body) + shape('M112 74a16 16 0 0 0 28 0z', `${ink}33`);

const softBear: Drawing = ({ body, shade, light, accent, ink }) =>
  disc(70, 56, 15, body) + disc(130, 56, 15, body) + disc(70, 56, 8, light) + disc(130, 56, 8, light) + oval([62, 118, 15, 24], shade) + oval([138, 118, 15, 24], shade) + oval([100, 128, 40, 34], body) + oval([100, 132, 24, 24], light) + oval([70, 154, 20, 13], body) + oval([130, 154, 20, 13], body) + disc(70, 154, 8, light) + disc(130, 154, 8, light) +
  oval([100, 76, 40, 34], body) + oval([100, 88, 18, 14], light) + disc(86, 72, 4, ink) + disc(114, 72, 4, ink) + oval([100, 82, 6, 4.5], ink) + line('M100 86v5q-5 6 -9 2M100 91q5 6 9 2', ink, 2) + shape('M100 108l-20 -8v18zM100 108l20 -8v18z', accent) + disc(100, 109, 5, accent);

const pawn = (x: number, y: number, fill: string): string => disc(x, y - 26, 9, fill) + shape(`M${x - 12} ${y}q4 -6 7 -20h10q3 14 7 20z`, fill);

const boardGame: Drawing = ({ body, flat, shade, light, accent, ink }) =>
  shape('M100 72l76 42l-76 44l-76 -44z', shade) + shape('M100 66l76 42l-76 44l-76 -44z', body) + shape('M100 78l54 30l-54 31l-54 -31z', light) + shape('M100 78l27 15l-27 15l-27 -15zM100 108l27 15.5l-27 15.5l-27 -15.500z', flat) + pawn(82, 116, accent) + pawn(122, 112, ink) +
  moved('translate(128 44) rotate(14)', rect([0, 0, 30, 30], light, 6) + rect([0, 0, 30, 30], '#00000010', 6) + at([[8, 8], [22, 8], [15, 15], [8, 22], [22, 22]], (x, y) => disc(x, y, 2.8, ink)));

export const DESK: readonly (readonly Drawing[])[] = [
  [notebook, fountainPen, deskPad, cardSet],
  [puzzle, buildingBlocks, softBear, boardGame],
];
