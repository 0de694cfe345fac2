/** The line at the top that says what is wrong, and for a moment that it is right again; and the page of an empty shop. */
import { ApiError } from './api.js';
import { byId, h } from './dom.js';
import type { Text } from './text.js';
import type { Key } from './words.js';

export interface Notice {
  /** Nothing is wrong (any more). */
  clear(text: Text): void;
  trouble(error: unknown, text: Text): void;
  say(message: string): void;
}

const BACK_MS = 3_000;

export function createNotice(): Notice {
  const line = byId('notice');
  let away = false;
  let timer = 0;
  const show = (message: string, kind: 'bad' | 'good'): void => {
    clearTimeout(timer);
    line.hidden = false;
    line.dataset['kind'] = kind;
    if (line.textContent !== message) line.textContent = message;
  };
  const hideSoon = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => (line.hidden = true), ms);
  };
  const setAway = (now: boolean): void => {
    away = now;
    document.documentElement.toggleAttribute('data-away', now);
  };
  return {
    clear(text) {
      if (!away) return;
      setAway(false);
      show(text.say('back'), 'good');
      hideSoon(BACK_MS);
    },
    trouble(error, text) {
      const key: Key = error instanceof ApiError && error.trouble === 'starting' ? 'starting' : 'offline';
      setAway(true);
      show(text.say(key), 'bad');
    },
    say(message) {
      show(message, 'bad');
      hideSoon(2 * BACK_MS);
    },
  };
}

export function showEmpty(isEmpty: boolean, text: Text): void {
  const place = byId('empty');
  place.hidden = !isEmpty;
  byId('shelf').hidden = isEmpty;
  if (!isEmpty) return;
  const command = `curl -s ${location.origin}/v1/items/mug-1 -X PUT -H 'content-type: application/json' \\\n  -d '{"title": "Stoneware mug", "categories": ["Mugs"], "price": 14.95}'`;
  place.replaceChildren(h('h3', {}, text.say('emptyTitle')), h('p', {}, text.say('emptyText')), h('pre', { tabindex: 0 }, command));
}
