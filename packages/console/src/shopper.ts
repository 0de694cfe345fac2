/**
 * Whose eyes the shop is seen with: a fresh somebody, one of the demo's shoppers, or any id that is typed.
 * 1. "You" is a new id in each tab, kept over a reload; nothing else is remembered about anybody.
 */
import { isAddressable } from './api.js';
import type { DemoShopper } from './answers.js';
import { byId, h, part } from './dom.js';
import { recall, remember } from './storage.js';
import type { Text } from './text.js';

export interface Picker {
  readonly id: string;
  offer(shoppers: readonly DemoShopper[], text: Text): void;
  speak(text: Text): void;
  /** The fresh somebody has done something, and is not new any more. */
  acted(text: Text): void;
}

const YOU = 'freshet.you';
const OTHER = '\u0000other';

export function createPicker(text: Text, chosen: () => void): Picker {
  const select = part('shopper', HTMLSelectElement);
  const other = byId('other');
  const input = part('other-id', HTMLInputElement);
  let you = recall(YOU, 'tab') ?? renew();
  let id = you;
  let fresh = true;
  let shoppers: readonly DemoShopper[] = [];

  const render = (words: Text): void => {
    const demo = shoppers.map((shopper) => h('option', { value: shopper.id }, optionText(shopper, words)));
    const typed = id !== you && !shoppers.some((shopper) => shopper.id === id) ? [h('option', { value: id }, id)] : [];
    const group = demo.length === 0 ? [] : [h('optgroup', { label: words.say('demoShoppers') }, ...demo)];
    select.replaceChildren(h('option', { value: you }, words.say(fresh ? 'you' : 'youAgain')), ...typed, ...group, h('option', { value: OTHER }, words.say('somebody')));
    select.value = id;
    byId('renew').hidden = id !== you;
  };
  const choose = (next: string, words: Text): void => {
    id = next;
    other.hidden = true;
    render(words);
    chosen();
  };
  let said = text;
  select.addEventListener('change', () => {
    if (select.value !== OTHER) return choose(select.value, said);
    other.hidden = false;
    byId('renew').hidden = true;
    input.focus();
  });
  part('who', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    input.setCustomValidity(isAddressable(input.value) ? '' : said.say('badId'));
    if (!input.reportValidity()) return;
    choose(input.value.trim(), said);
    // The field it was typed into has gone.
    select.focus();
  });
  input.addEventListener('input', () => input.setCustomValidity(''));
  byId('renew').addEventListener('click', () => {
    you = renew();
    fresh = true;
    choose(you, said);
  });
  render(text);

  return {
    get id() {
      return id;
    },
    offer(offered, words) {
      shoppers = offered;
      render(words);
    },
    speak(words) {
      said = words;
      render(words);
    },
    acted(words) {
      if (id !== you || !fresh) return;
      fresh = false;
      render(words);
    },
  };
}

function optionText({ id, likes = [], likes_zh = [] }: DemoShopper, text: Text): string {
  const liked = text.language === 'zh' && likes_zh.length > 0 ? likes_zh.join('、') : likes.join(', ');
  return liked === '' ? id : `${id} · ${liked}`;
}

/** `crypto.randomUUID` is there on secure origins only; a shop may be tried over plain HTTP on a local network. */
export function randomId(prefix: string): string {
  return prefix + [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(36).padStart(2, '0')).join('');
}

function renew(): string {
  const you = randomId('you-');
  remember(YOU, you, 'tab');
  return you;
}
