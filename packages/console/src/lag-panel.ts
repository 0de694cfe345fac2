/** The update lag by stage as bars on one time axis, with the median and the 99th percentile of the whole way. */
import { byId, h, setShare } from './dom.js';
import { type Lag, STAGES } from './lag.js';
import type { Text } from './text.js';

export function showLag(lag: Lag | undefined, text: Text): void {
  const place = byId('lag');
  if (lag === undefined) {
    place.replaceChildren(h('p', { class: 'hint' }, text.say('lagNone')));
    return;
  }
  const end = Math.max(0.1, ...Object.values(lag.spans).map(({ to }) => to));
  const rows = STAGES.flatMap((stage) => {
    const span = lag.spans[stage];
    if (span === undefined) return [];
    const bar = h('span', { class: 'extent' });
    setShare(bar, span.from / end, '--from');
    setShare(bar, (span.to - span.from) / end);
    return [h('tr', { 'data-stage': stage }, h('th', { scope: 'row' }, text.say(`stage_${stage}`)), h('td', { class: 'scale' }, bar), h('td', { class: 'number' }, `${text.ms(span.to - span.from)} ms`))];
  });
  place.replaceChildren(
    h('dl', { class: 'figures' }, figure(lag.median, text.say('lagTotal'), text), figure(lag.p99, text.say('lagP99'), text)),
    h('table', { class: 'stages' }, h('caption', { class: 'hidden' }, text.say('lag')), h('tbody', {}, ...rows)),
  );
}

function figure(ms: number, label: string, text: Text): HTMLElement {
  return h('div', {}, h('dd', {}, h('b', {}, text.ms(ms)), ' ms'), h('dt', {}, label));
}
