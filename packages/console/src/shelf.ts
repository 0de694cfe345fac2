/**
 * The recommendations as cards, in the order of the answer.
 * 1. A card belongs to an item: it moves when the item does, and what is open on it stays open.
 * 2. The keyboard's focus stays on the same button of the same item; when that item has gone, it goes to what took its place.
 */
import type { ListedItem } from './answers.js';
import { type Card, createCard } from './card.js';
import type { Changes } from './changes.js';
import { byId, h } from './dom.js';
import type { Speech } from './item-view.js';
import { animateChange } from './motion.js';

export interface Shelf {
  readonly ids: readonly string[];
  show(items: readonly ListedItem[], changes: Changes | undefined, speech: Speech): void;
  /** The same list in another language. */
  speak(speech: Speech): void;
  /** True while somebody is pointing at it or on it with the keyboard: then it should not move by itself. */
  isInUse(): boolean;
}

const PLACEHOLDERS = 8;

export function createShelf(): Shelf {
  const list = byId('shelf');
  const cards = new Map<string, Card>();
  let items: readonly ListedItem[] = [];
  let changes: Changes | undefined;
  list.replaceChildren(...Array.from({ length: PLACEHOLDERS }, () => h('li', { class: 'card placeholder', 'aria-hidden': 'true' })));

  const render = (speech: Speech): void => {
    const highest = Math.max(0, ...items.map(({ score }) => score));
    for (const [place, item] of items.entries()) {
      const share = highest === 0 ? 0 : item.score / highest;
      cards.get(item.id)?.show(item, { place, change: changes?.byId.get(item.id), share }, speech);
    }
  };
  const reorder = (speech: Speech): void => {
    for (const placeholder of list.querySelectorAll('.placeholder')) placeholder.remove();
    const wanted = new Set(items.map(({ id }) => id));
    const going = [...cards].filter(([id]) => !wanted.has(id));
    const focus = rememberFocus(list);
    animateChange(list, going.map(([, { element }]) => element), () => {
      for (const [id, card] of going) {
        card.element.remove();
        cards.delete(id);
      }
      for (const [place, { id }] of items.entries()) {
        const card = cards.get(id) ?? createCard(id);
        cards.set(id, card);
        if (list.children[place] !== card.element) list.insertBefore(card.element, list.children[place] ?? null);
      }
      render(speech);
    });
    focus?.();
  };

  return {
    get ids() {
      return items.map(({ id }) => id);
    },
    show(now, what, speech) {
      items = now;
      changes = what;
      list.setAttribute('aria-busy', 'false');
      reorder(speech);
    },
    speak: render,
    isInUse: () => list.matches(':hover') || list.contains(document.activeElement),
  };
}

/** Where the focus is in the list, as a way to bring it back once the list has changed. */
function rememberFocus(list: HTMLElement): (() => void) | undefined {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || !list.contains(active)) return undefined;
  const card = active.closest<HTMLElement>('[data-id]');
  const place = card === null ? 0 : [...list.children].indexOf(card);
  const same = active.dataset['deed'] === undefined ? '.because' : `button[data-deed="${active.dataset['deed']}"]`;
  return () => {
    if (document.activeElement === active) return;
    const target = active.isConnected ? active : (list.children[place] ?? list.children[0])?.querySelector<HTMLElement>(same);
    target?.focus({ preventScroll: true });
  };
}
