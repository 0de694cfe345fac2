/** From a click on a card or row to the panel that says what it did. Only the latest click is shown; all are sent. */
import { act, listPath, type ListWish } from './act.js';
import { type Api, ApiError } from './api.js';
import type { ListAnswer } from './answers.js';
import { compareLists } from './changes.js';
import type { ClickPanel, Outcome } from './click-panel.js';
import { type Deed, isDeed, type Speech } from './item-view.js';
import type { Notice } from './notice.js';
import { type Personal, SHELF } from './personal.js';
import type { Shelf } from './shelf.js';
import type { Picker } from './shopper.js';

export interface Clicking {
  /** Listens for deeds on a list of items. */
  watch(list: HTMLElement): void;
  forget(): void;
  speak(): void;
}

export interface ClickingParts {
  readonly api: Api;
  readonly personal: Personal;
  readonly shelf: Shelf;
  readonly panel: ClickPanel;
  readonly notice: Notice;
  readonly picker: () => Picker;
  readonly speech: () => Speech;
  /** Runs and reports what goes wrong. */
  readonly quietly: (work: () => Promise<void>) => Promise<boolean>;
}

export function createClicking(parts: ClickingParts): Clicking {
  const { panel, speech } = parts;
  const wish = (): ListWish => ({ limit: SHELF, language: speech().text.language });
  let outcome: Outcome | undefined;
  let last = 0;
  const show = (now: Outcome | undefined): void => {
    outcome = now;
    panel.show(outcome, speech());
  };

  const perform = async (deed: Deed, id: string): Promise<void> => {
    const { api, personal, shelf, picker, quietly } = parts;
    const [mine, round, before] = [++last, personal.round, shelf.ids];
    const isCurrent = (): boolean => mine === last && round === personal.round;
    const progress = (step: Partial<Outcome>): void => {
      if (isCurrent()) show({ ...(outcome ?? { deed, id }), ...step });
    };
    const arrived = (answer: ListAnswer): void => {
      if (!isCurrent()) return;
      const changes = compareLists(before, answer.items.map((item) => item.id));
      progress({ changes });
      personal.showList(answer, changes);
    };
    show({ deed, id });
    await act(api, { user: picker().id, item: id, deed, price: speech().known.price(id), at: performance.now() }, {
      wish: wish(),
      steps: {
        stored: (storedMs) => progress({ storedMs }),
        listed(answer, listMs) {
          progress({ listMs });
          arrived(answer);
          void quietly(personal.readHistory);
        },
        learned(latest, modelMs) {
          progress({ modelMs, version: latest.version });
          if (isCurrent()) void quietly(async () => arrived(await api.get<ListAnswer>(listPath(picker().id, wish()))));
        },
        late: () => progress({ late: true }),
      },
    });
  };
  const explain = (error: unknown): void => {
    show(undefined);
    const { notice } = parts;
    const { text } = speech();
    if (!(error instanceof ApiError)) throw error;
    if (error.trouble !== 'refused') notice.trouble(error, text);
    else notice.say(error.status === 404 || error.status === 405 ? text.say('noIngest') : text.say('notTaken', { detail: error.message }));
  };

  return {
    watch(list) {
      list.addEventListener('click', (event) => {
        const target = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-deed]') : null;
        const id = target?.closest<HTMLElement>('[data-id]')?.dataset['id'];
        const deed = target?.dataset['deed'];
        if (id !== undefined && isDeed(deed)) perform(deed, id).catch(explain);
      });
    },
    forget() {
      last++;
      show(undefined);
    },
    speak: () => panel.show(outcome, speech()),
  };
}
