/**
 * What the drawings are made with: a few shapes as SVG text, the colours of a collection, and patterns.
 * Everything is drawn on 200 × 200; things stand on the line y = 160. No fonts, no styles, no scripts.
 */

export interface Paint {
  /** The thing itself: a colour or a pattern. */
  readonly body: string;
  /** Its colour where no pattern is wanted, and the darker one of its far side. */
  readonly flat: string;
  readonly shade: string;
  readonly light: string;
  readonly accent: string;
  /** Lines and small dark parts. */
  readonly ink: string;
}

/** Draws a thing with the given colours. */
export type Drawing = (paint: Paint) => string;

type Four = readonly [x: number, y: number, width: number, height: number];

export const rect = ([x, y, width, height]: Four, fill: string, radius = 0): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"${radius === 0 ? '' : ` rx="${radius}"`}/>`;

export const oval = ([cx, cy, rx, ry]: readonly [number, number, number, number], fill: string): string =>
  `<ellipse cx="${cx}" cy="${cy}" rx="${rx}" ry="${ry}" fill="${fill}"/>`;

export const disc = (cx: number, cy: number, r: number, fill: string): string => `<circle cx="${cx}" cy="${cy}" r="${r}" fill="${fill}"/>`;

export const shape = (d: string, fill: string): string => `<path d="${d}" fill="${fill}"/>`;

export const line = (d: string, color: string, width = 3): string =>
  `<path d="${d}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;

/** `how` as in SVG: `rotate(30 100 100)`. */
export const moved = (how: string, inner: string): string => `<g transform="${how}">${inner}</g>`;

/** The part faded: 0 is nothing, 1 all. */
export const faint = (opacity: number, inner: string): string => `<g opacity="${opacity}">${inner}</g>`;

/** The same thing at several places. */
export const at = (places: readonly (readonly [number, number])[], draw: (x: number, y: number) => string): string => places.map(([x, y]) => draw(x, y)).join('');

/** The same thing `count` times around a point. */
export const around = (count: number, [cx, cy]: readonly [number, number], inner: string): string =>
  Array.from({ length: count }, (_, n) => moved(`rotate(${Math.round((360 / count) * n)} ${cx} ${cy})`, inner)).join('');

export const flame = (x: number, y: number, { accent, light }: Paint): string =>
  line(`M${x} ${y}v-7`, '#4a3d33', 2) + shape(`M${x} ${y - 25}q9 11 0 20q-9 -9 0 -20z`, accent) + shape(`M${x} ${y - 16}q4 6 0 10q-4 -4 0 -10z`, light);

export const leaf = ([x, y]: readonly [number, number], angle: number, { length, fill }: { readonly length: number; readonly fill: string }): string =>
  moved(`translate(${x} ${y}) rotate(${angle})`, shape(`M0 0q${length * 0.32} ${-length * 0.5} 0 ${-length}q${-length * 0.32} ${length * 0.5} 0 ${length}z`, fill));

/** A plain pot with a saucer, its rim at y = 118. */
export const pot = ({ body, shade }: Paint): string => shape('M70 122h60l-7 34q-1 5 -6 5h-34q-5 0 -6 -5z', body) + rect([65, 114, 70, 13], shade, 5);
