/** What a card and a row of an item have in common: picture, words, and the buttons for what a shopper can do with it. */
import { h, setText } from './dom.js';
import { icon } from './icons.js';
import type { Known } from './known.js';
import type { Text } from './text.js';

const DEEDS = ['purchase', 'cart', 'view', 'dislike'] as const;
export type Deed = (typeof DEEDS)[number];

export function isDeed(value: string | undefined): value is Deed {
  return DEEDS.some((deed) => deed === value);
}

/** How things are said and what is known of items, at this moment. */
export interface Speech {
  readonly text: Text;
  readonly known: Known;
}

export interface ItemView {
  /** To be clicked as looking at it; the button of the same meaning is for the keyboard. */
  readonly picture: HTMLElement;
  readonly title: HTMLElement;
  readonly price: HTMLElement;
  readonly deeds: HTMLElement;
  update(speech: Speech): void;
}

export function createItemView(id: string, heading: 'h3' | 'p'): ItemView {
  const picture = h('div', { class: 'picture', 'data-deed': 'view' });
  const title = h(heading, { class: 'title' });
  const price = h('p', { class: 'price' });
  const buttons = DEEDS.map((deed) => h('button', { type: 'button', class: `deed ${deed}`, 'data-deed': deed }, deed === 'purchase' ? undefined : icon(deed)));
  let shown: string | undefined;
  return {
    picture,
    title,
    price,
    deeds: h('div', { class: 'deeds' }, ...buttons),
    update({ text, known }) {
      const name = known.title(id, text.language);
      setText(title, name);
      title.title = name;
      setText(price, priceOf(id, { text, known }));
      for (const button of buttons) sayDeed(button, name, text);
      const address = known.picture(id) ?? '';
      if (address === shown && (address !== '' || picture.textContent === tileOf(name))) return;
      shown = address;
      picture.replaceChildren(address === '' ? tile(name) : drawing(address, name));
    },
  };
}

function priceOf(id: string, { text, known }: Speech): string {
  const price = known.price(id);
  return price === undefined ? '' : text.price(price, known.currency(id));
}

function sayDeed(button: HTMLButtonElement, name: string, text: Text): void {
  const deed = button.dataset['deed'];
  if (!isDeed(deed)) return;
  const label = text.say('of', { deed: text.say(deed), title: name });
  if (button.getAttribute('aria-label') !== label) button.setAttribute('aria-label', label);
  button.title = text.say(deed);
  if (deed === 'purchase') setText(button, text.say(deed));
}

function drawing(address: string, name: string): HTMLElement {
  const image = h('img', { src: address, alt: '', width: 200, height: 200, decoding: 'async' });
  image.addEventListener('error', () => image.replaceWith(tile(name)), { once: true });
  return image;
}

/** For an item without a picture: its first letters on a colour of its own. */
function tile(name: string): HTMLElement {
  const hue = Array.from(name).reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 360, 7);
  const made = h('span', { class: 'tile', 'aria-hidden': 'true' }, tileOf(name));
  made.style.setProperty('--hue', String(hue));
  return made;
}

function tileOf(name: string): string {
  return Array.from(name).slice(0, 2).join('');
}
