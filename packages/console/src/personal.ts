/**
 * What belongs to the shopper looked at: her list and her last events.
 *
 * 1. An answer for another shopper than the one chosen now is dropped; so is a list older than the one shown.
 * 2. A list that somebody points at, or is on with the keyboard, or whose changes are still marked, doesn't move by itself.
 */
import { type Api, pathOf } from './api.js';
import { listPath } from './act.js';
import type { HistoryAnswer, ListAnswer, PastEvent } from './answers.js';
import type { Changes } from './changes.js';
import { byId, setText } from './dom.js';
import type { EventsPanel } from './events-panel.js';
import type { Speech } from './item-view.js';
import { showEmpty } from './notice.js';
import type { Shelf } from './shelf.js';
import type { Picker } from './shopper.js';

export interface Personal {
  /** Changes with the shopper; what began before it is stale. */
  readonly round: number;
  /** Id of the list that is shown. */
  readonly list: string | undefined;
  changeShopper(): Promise<void>;
  readList(): Promise<void>;
  readListQuietly(): Promise<void>;
  readHistory(): Promise<void>;
  showList(answer: ListAnswer, changes: Changes | undefined): void;
  speak(): void;
}

export interface PersonalParts {
  readonly api: Api;
  readonly shelf: Shelf;
  readonly events: EventsPanel;
  readonly picker: () => Picker;
  readonly speech: () => Speech;
}

export const SHELF = 12;
const EVENTS = 6;
/** How long what a click has changed is marked. */
const MARKED_MS = 8_000;

export function createPersonal({ api, shelf, events, picker, speech }: PersonalParts): Personal {
  let round = 0;
  let list: ListAnswer | undefined;
  let past: readonly PastEvent[] = [];
  let markedUntil = 0;

  const showSource = (): void => setText(byId('source'), list === undefined ? '' : sourceOf(list, speech()));
  const showList: Personal['showList'] = (answer, changes) => {
    if (list !== undefined && answer.history_seq < list.history_seq) return;
    list = answer;
    if (changes !== undefined) markedUntil = performance.now() + MARKED_MS;
    const { known, text } = speech();
    known.learn(answer.items);
    shelf.show(answer.items, changes, speech());
    showEmpty(answer.items.length === 0, text);
    showSource();
  };
  const readList = async (): Promise<void> => {
    const asked = round;
    const answer = await api.get<ListAnswer>(listPath(picker().id, { limit: SHELF, language: speech().text.language }));
    if (asked === round) showList(answer, undefined);
  };
  const readHistory = async (): Promise<void> => {
    const asked = round;
    const answer = await api.get<HistoryAnswer>(`${pathOf('users', picker().id, 'history')}?limit=${EVENTS}`);
    await speech().known.fetch(answer.events.map(({ item_id: id }) => id));
    if (asked !== round) return;
    past = answer.events;
    if (past.length > 0) picker().acted(speech().text);
    events.show(past, Date.now(), speech());
  };

  return {
    get round() {
      return round;
    },
    get list() {
      return list?.recommendation_id;
    },
    async changeShopper() {
      round++;
      list = undefined;
      markedUntil = 0;
      await Promise.all([readList(), readHistory()]);
    },
    readList,
    readListQuietly: async () => (shelf.isInUse() || performance.now() < markedUntil ? undefined : readList()),
    readHistory,
    showList,
    speak() {
      shelf.speak(speech());
      events.speak(Date.now(), speech());
      showSource();
      if (list !== undefined) showEmpty(list.items.length === 0, speech().text);
    },
  };
}

function sourceOf({ fallback, model_version: version, took_ms: ms }: ListAnswer, { text }: Speech): string {
  return text.say('source', { rung: text.trySay(`rung_${fallback}`) ?? fallback, version: text.count(version), ms: text.ms(ms) });
}
