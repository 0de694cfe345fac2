/** Why an item is recommended: its score's parts as words and bars. Parts are pure; elements are made from them. */
import type { Reason } from './answers.js';
import { h, setShare } from './dom.js';
import type { Text } from './text.js';

/** How an item is called. */
export type Naming = (id: string) => string;

export interface ReasonPart {
  readonly kind: string;
  readonly label: string;
  readonly contribution: number;
  /** Of the largest part, 0 to 1. */
  readonly share: number;
}

/** Largest first; what isn't listed one by one comes last. */
export function reasonParts(reasons: readonly Reason[], text: Text, name: Naming): readonly ReasonPart[] {
  const sorted = reasons.toSorted((a, b) => Number(a.kind === 'other') - Number(b.kind === 'other') || b.contribution - a.contribution);
  const largest = Math.max(1e-9, ...sorted.map(({ contribution }) => Math.abs(contribution)));
  return sorted.map((reason) => ({ kind: reason.kind, label: labelOf(reason, text, name), contribution: reason.contribution, share: Math.abs(reason.contribution) / largest }));
}

function labelOf({ kind, item_id: id }: Reason, text: Text, name: Naming): string {
  const item = id === undefined ? '' : name(id);
  if (kind === 'history') return text.say('because', { item });
  if (kind === 'follow') return text.say('follows', { item });
  return text.trySay(`reason_${kind}`, { item }) ?? kind;
}

/** One line as long as the score, in the colours of the parts that speak for it. */
export function reasonStrip(parts: readonly ReasonPart[], length: number): HTMLElement {
  const speaking = parts.filter(({ contribution }) => contribution > 0);
  const sum = speaking.reduce((total, { contribution }) => total + contribution, 0);
  return h('span', { class: 'strip', 'aria-hidden': 'true' }, ...speaking.map(({ kind, contribution }) => {
    const bar = h('span', { 'data-kind': kind });
    setShare(bar, (contribution / sum) * length);
    return bar;
  }));
}

export function reasonList(parts: readonly ReasonPart[], text: Text): HTMLElement {
  const score = parts.reduce((sum, { contribution }) => sum + contribution, 0);
  const rows = parts.map(({ kind, label, contribution, share }) => {
    const row = h('li', { 'data-kind': kind, class: contribution < 0 ? 'against' : undefined }, h('span', { class: 'label' }, label), h('span', { class: 'number' }, signed(contribution)));
    setShare(row, share);
    return row;
  });
  return h('ul', { class: 'reasons' }, h('li', { class: 'sum' }, h('span', { class: 'label' }, text.say('score')), h('span', { class: 'number' }, signed(score))), ...rows);
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}
