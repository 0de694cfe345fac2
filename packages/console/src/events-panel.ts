/** The last events of the shopper looked at, newest first, as serving ranks with them. */
import type { PastEvent } from './answers.js';
import { byId, h, setText } from './dom.js';
import type { Speech } from './item-view.js';
import { animateChange } from './motion.js';

export interface EventsPanel {
  show(events: readonly PastEvent[], now: number, speech: Speech): void;
  speak(now: number, speech: Speech): void;
}

interface Line {
  readonly element: HTMLLIElement;
  readonly event: PastEvent;
}

export function createEventsPanel(): EventsPanel {
  const list = byId('events');
  const none = byId('events-none');
  const lines = new Map<string, Line>();
  const keyOf = ({ type, item_id, timestamp }: PastEvent): string => `${timestamp} ${type} ${item_id}`;
  const speak: EventsPanel['speak'] = (now, speech) => {
    for (const line of lines.values()) fill(line, now, speech);
  };

  return {
    show(events, now, speech) {
      none.hidden = events.length > 0;
      const keys = new Set(events.map(keyOf));
      const gone = [...lines].filter(([key]) => !keys.has(key));
      animateChange(list, [], () => {
        for (const [key, { element }] of gone) {
          element.remove();
          lines.delete(key);
        }
        for (const [place, event] of events.entries()) {
          const line = lines.get(keyOf(event)) ?? { element: h('li', {}), event };
          lines.set(keyOf(event), line);
          if (list.children[place] !== line.element) list.insertBefore(line.element, list.children[place] ?? null);
        }
        speak(now, speech);
      });
    },
    speak,
  };
}

function fill({ element, event }: Line, now: number, { text, known }: Speech): void {
  const title = known.shortTitle(event.item_id, text.language);
  const picture = known.picture(event.item_id);
  const verb = text.trySay(`did_${event.type}`) ?? event.type;
  const span = text.span(now - Date.parse(event.timestamp));
  const shape = `${title}|${picture ?? ''}|${verb}`;
  if (element.dataset['shape'] === shape) {
    const time = element.querySelector('time');
    if (time !== null) setText(time, span);
    return;
  }
  element.dataset['shape'] = shape;
  element.replaceChildren(
    picture === undefined ? h('span', { class: 'thumb' }) : h('img', { class: 'thumb', src: picture, alt: '', width: 44, height: 44 }),
    h('span', { class: 'what' }, h('span', { class: 'when' }, h('span', { class: 'verb', 'data-type': event.type }, verb), ' · ', h('time', { datetime: event.timestamp }, span)), h('span', { class: 'item', title }, title)),
  );
}
