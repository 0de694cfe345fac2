/** The prequential curve: the model against two trivial methods, as lines with their names and last values at the end. */
import { byId, h, svg } from './dom.js';
import { type Point, SERIES, type Series } from './quality.js';
import type { Text } from './text.js';

const WIDTH = 320;
const HEIGHT = 132;
const LEFT = 28;
const BOTTOM = 16;
const TOP = 6;

export interface Curve {
  readonly points: readonly Point[];
  readonly tested: number;
}

export function showCurve({ points, tested }: Curve, text: Text): void {
  const place = byId('curve');
  const last = points.at(-1);
  if (last === undefined || points.length < 2) {
    place.replaceChildren(h('p', { class: 'hint' }, text.say('curveNone')));
    return;
  }
  const said = text.say('curveSays', { tested: text.count(tested), model: text.share(last.model), follow: text.share(last.follow), popularity: text.share(last.popularity) });
  const legend = SERIES.map((series) => h('li', { 'data-series': series }, h('span', { class: 'label' }, text.say(`series_${series}`)), h('b', {}, text.share(last[series]))));
  place.replaceChildren(chart(points, said, text), h('ul', { class: 'series' }, ...legend));
}

function chart(points: readonly Point[], said: string, text: Text): SVGSVGElement {
  const top = Math.min(1, Math.ceil(Math.max(...points.flatMap((point) => SERIES.map((series) => point[series]))) * 11) / 10);
  const [first = 0, last = 1] = [points[0]?.at, points.at(-1)?.at];
  const x = (at: number): number => LEFT + ((at - first) / Math.max(1, last - first)) * (WIDTH - LEFT - 4);
  const y = (value: number): number => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const path = (series: Series): string => points.map((point, n) => `${n === 0 ? 'M' : 'L'}${x(point.at).toFixed(1)} ${y(point[series]).toFixed(1)}`).join('');
  const ticks = [0, top / 2, top];
  const model = path('model');
  return svg('svg', { class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': said },
    ...ticks.flatMap((value) => [
      svg('line', { class: 'grid', x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value) }),
      svg('text', { class: 'tick', x: LEFT - 5, y: y(value) + 3.5, 'text-anchor': 'end' }, text.share(value)),
    ]),
    svg('text', { class: 'tick', x: LEFT, y: HEIGHT - 2 }, `−${text.span(Math.max(5_000, last - first))}`),
    svg('text', { class: 'tick', x: WIDTH, y: HEIGHT - 2, 'text-anchor': 'end' }, text.say('now')),
    svg('path', { class: 'area', d: `${model}L${x(last).toFixed(1)} ${y(0)}L${LEFT} ${y(0)}Z` }),
    ...SERIES.toReversed().map((series) => svg('path', { class: 'line', 'data-series': series, d: path(series) })),
  );
}
