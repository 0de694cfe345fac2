/** What is taken most now, in the whole shop or in one category; the categories come from the items that are known to trend. */
import type { DemoTrend, ListedItem } from './answers.js';
import { byId, h, setText } from './dom.js';
import { createItemView, type ItemView, type Speech } from './item-view.js';
import { animateChange } from './motion.js';

export interface Trending {
  /** The category chosen; undefined for all. */
  readonly category: string | undefined;
  show(items: readonly ListedItem[], speech: Speech): void;
  /** `names` by category: what the chip says. */
  offer(names: ReadonlyMap<string, string>, speech: Speech): void;
  fashion(trend: DemoTrend | undefined, now: number, speech: Speech): void;
  speak(speech: Speech): void;
  isInUse(): boolean;
}

interface Row {
  readonly element: HTMLLIElement;
  readonly view: ItemView;
}

export function createTrending(choose: () => void): Trending {
  const list = byId('trending');
  const chips = byId('categories');
  const none = byId('trending-none');
  const rows = new Map<string, Row>();
  let ids: readonly string[] = [];
  let category: string | undefined;

  const press = (): void => {
    for (const chip of chips.querySelectorAll('button')) chip.setAttribute('aria-pressed', String((chip.dataset['category'] ?? '') === (category ?? '')));
  };
  chips.addEventListener('click', (event) => {
    const chip = event.target instanceof Element ? event.target.closest('button') : null;
    if (chip === null) return;
    category = chip.dataset['category'] === '' ? undefined : chip.dataset['category'];
    press();
    choose();
  });
  const speak = (speech: Speech): void => {
    for (const row of rows.values()) row.view.update(speech);
  };

  return {
    get category() {
      return category;
    },
    show(items, speech) {
      ids = items.map(({ id }) => id);
      none.hidden = ids.length > 0;
      const going = [...rows].filter(([id]) => !ids.includes(id));
      animateChange(list, going.map(([, { element }]) => element), () => {
        for (const [id, row] of going) {
          row.element.remove();
          rows.delete(id);
        }
        for (const [place, id] of ids.entries()) {
          const row = rows.get(id) ?? createRow(id);
          rows.set(id, row);
          if (list.children[place] !== row.element) list.insertBefore(row.element, list.children[place] ?? null);
        }
        speak(speech);
      });
    },
    offer(names, { text }) {
      const wanted = [['', text.say('all')] as const, ...names];
      if (chips.children.length === wanted.length && wanted.every(([, name], n) => chips.children[n]?.textContent === name)) return;
      chips.replaceChildren(...wanted.map(([key, name]) => h('button', { type: 'button', 'data-category': key, 'aria-pressed': 'false' }, name)));
      press();
    },
    fashion(trend, now, { text }) {
      setText(byId('fashion'), trend === undefined ? '' : fashionText(trend, now, text));
    },
    speak,
    isInUse: () => list.matches(':hover') || list.contains(document.activeElement),
  };
}

function fashionText(trend: DemoTrend, now: number, text: Speech['text']): string {
  const chinese = text.language === 'zh';
  const category = (chinese ? trend.category_zh : undefined) ?? trend.category;
  const collection = (chinese ? trend.collection_zh : undefined) ?? trend.collection;
  return text.say('fashion', { category, collection, time: text.span(Math.max(5_000, Date.parse(trend.until) - now)) });
}

function createRow(id: string): Row {
  const view = createItemView(id, 'h3');
  const element = h('li', { class: 'row', 'data-id': id }, view.picture, h('div', { class: 'body' }, view.title, view.price), view.deeds);
  return { element, view };
}
