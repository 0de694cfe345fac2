/** A recommended item: its place, what has changed about it, and why it is here. */
import type { ListedItem } from './answers.js';
import type { Change } from './changes.js';
import { h, setText } from './dom.js';
import { createItemView, type Speech } from './item-view.js';
import { captionOf, reasonStrip } from './reasons.js';
import type { Text } from './text.js';

export interface Standing {
  readonly place: number;
  readonly change: Change | undefined;
  /** Of the list's highest score, 0 to 1. */
  readonly share: number;
}

export interface Card {
  readonly element: HTMLLIElement;
  show(item: ListedItem, at: Standing, speech: Speech): void;
}

export function createCard(id: string): Card {
  const view = createItemView(id, 'h3');
  const rank = h('span', { class: 'rank', 'aria-hidden': 'true' });
  const change = h('span', { class: 'change', hidden: true });
  const category = h('span', { class: 'category' });
  const strip = h('span', { class: 'strip-place' });
  const caption = h('span', { class: 'caption' });
  const because = h('button', { type: 'button', class: 'because', 'aria-haspopup': 'dialog' }, strip, caption);
  const front = h('div', { class: 'front' }, h('div', { class: 'media' }, view.picture, rank, change), h('div', { class: 'words' }, view.title, h('p', { class: 'facts' }, category, view.price)));
  const element = h('li', { class: 'card', 'data-id': id }, front, h('div', { class: 'back' }, because, view.deeds));

  return {
    element,
    show(item, { place, change: what, share }, speech) {
      const { text, known } = speech;
      view.update(speech);
      setText(rank, String(place + 1));
      setText(category, known.category(id, text.language) ?? '');
      showChange(change, what, text);
      const reasons = item.reasons ?? [];
      const first = captionOf(reasons);
      strip.replaceChildren(reasonStrip(reasons, share));
      setText(caption, first);
      because.setAttribute('aria-label', text.say('why', { reason: first }));
    },
  };
}

const SIGNS = { rose: '▲', fell: '▼' } as const;

function showChange(badge: HTMLElement, change: Change | undefined, text: Text): void {
  badge.hidden = change === undefined || change.kind === 'same';
  if (change === undefined || change.kind === 'same') return;
  badge.dataset['kind'] = change.kind;
  if (change.kind === 'entered') {
    badge.replaceChildren(text.say('isNew'));
    return;
  }
  const said = text.say(change.kind === 'rose' ? 'up' : 'down', { n: change.places });
  badge.replaceChildren(h('span', { 'aria-hidden': 'true' }, `${SIGNS[change.kind]} ${change.places}`), h('span', { class: 'hidden' }, said));
}
