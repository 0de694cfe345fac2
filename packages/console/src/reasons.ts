/** Why an item is recommended: the parts of its score as bars and numbers. Steps are pure; elements are made from them. */
import type { Reason } from './answers.js';
import { h, setShare } from './dom.js';
import type { Text } from './text.js';

/** One bar of the picture: it begins where the one before it ends, so the last one ends at the score. */
export interface Step {
  readonly kind: string;
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** Of the contribution: so rounded that all of them add up to the score as it is shown. */
  readonly number: number;
}

/** More bars than these nobody reads: the smallest are one. */
const MOST = 12;
const HUNDREDTHS = 100;

/** What speaks for the item first, the largest before; then what speaks against it; the sum of the smallest last. */
export function stepsOf(reasons: readonly Reason[], score: number, text: Text): readonly Step[] {
  const parts = fewer(reasons.toSorted((a, b) => b.contribution - a.contribution), text);
  const numbers = addingUp(parts.map(({ contribution }) => contribution), score);
  let end = 0;
  return parts.map(({ kind, contribution, text: label }, i) => {
    const from = end;
    end += contribution;
    return { kind, label: label ?? kind, from, to: end, number: numbers[i] ?? 0 };
  });
}

function fewer(reasons: readonly Reason[], text: Text): readonly Reason[] {
  if (reasons.length <= MOST) return reasons;
  const bySize = reasons.toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const small = new Set(bySize.slice(MOST - 1));
  const contribution = [...small].reduce((sum, reason) => sum + reason.contribution, 0);
  return [...reasons.filter((reason) => !small.has(reason)), { kind: 'other', contribution, text: text.say('whyOthers', { n: small.size }) }];
}

/** Values with two decimals whose sum is that of `sum` with two decimals: those nearest to the next hundredth give way. */
export function addingUp(values: readonly number[], sum: number): readonly number[] {
  const whole = values.map((value) => Math.floor(value * HUNDREDTHS));
  const rest = values.map((value, i) => ({ i, rest: value * HUNDREDTHS - (whole[i] ?? 0) })).sort((a, b) => b.rest - a.rest);
  let missing = Math.round(sum * HUNDREDTHS) - whole.reduce((total, value) => total + value, 0);
  for (let turn = 0; missing !== 0 && rest.length > 0; turn++) {
    const step = Math.sign(missing);
    const one = rest[turn % rest.length];
    if (one !== undefined) whole[one.i] = (whole[one.i] ?? 0) + step;
    missing -= step;
  }
  return whole.map((value) => value / HUNDREDTHS);
}

/** The sentence of what says most; “some more events” is no reason to anybody. */
export function captionOf(reasons: readonly Reason[]): string {
  const isRest = ({ kind }: Reason): number => Number(kind === 'other' || kind === 'rounding');
  const [first] = reasons.toSorted((a, b) => isRest(a) - isRest(b) || b.contribution - a.contribution);
  return first?.text ?? first?.kind ?? '';
}

/** One line as long as the score, in the colours of the parts that speak for it. */
export function reasonStrip(reasons: readonly Reason[], length: number): HTMLElement {
  const speaking = reasons.filter(({ contribution }) => contribution > 0).toSorted((a, b) => b.contribution - a.contribution);
  const sum = speaking.reduce((total, { contribution }) => total + contribution, 0);
  return h('span', { class: 'strip', 'aria-hidden': 'true' }, ...speaking.map(({ kind, contribution }) => {
    const bar = h('span', { 'data-kind': kind });
    setShare(bar, (contribution / sum) * length);
    return bar;
  }));
}

/** The picture: a table, so that it can be read out, whose middle column has the bars. */
export function reasonPicture(steps: readonly Step[], score: number, text: Text): HTMLElement {
  const ends = [0, score, ...steps.map(({ to }) => to)];
  const low = Math.min(...ends);
  const reach = Math.max(...ends) - low || 1;
  const at = (value: number): number => (value - low) / reach;
  const row = (step: Omit<Step, 'label'>, label: string, role: string): HTMLElement => {
    const extent = h('span', { class: 'extent' });
    setShare(extent, at(Math.min(step.from, step.to)), '--from');
    setShare(extent, Math.abs(step.to - step.from) / reach);
    const scale = h('td', { class: 'scale', 'aria-hidden': 'true' }, extent);
    setShare(scale, at(0), '--zero');
    return h('tr', { 'data-kind': step.kind, class: role }, h('th', { scope: 'row' }, label), scale, h('td', { class: 'number' }, signed(step.number)));
  };
  const rows = steps.map((step) => row(step, step.label, step.to < step.from ? 'against' : 'for'));
  const sum = row({ kind: 'score', from: 0, to: score, number: Math.round(score * HUNDREDTHS) / HUNDREDTHS }, text.say('score'), 'sum');
  const head = h('tr', { class: 'hidden' }, h('th', { scope: 'col' }, text.say('whyPart')), h('td', {}), h('th', { scope: 'col' }, text.say('whyNumber')));
  return h('table', { class: 'parts' }, h('caption', {}, text.say('whyParts')), h('thead', {}, head), h('tbody', {}, ...rows), h('tfoot', {}, sum));
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}
