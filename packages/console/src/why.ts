/**
 * The answer to “why this?”: a dialog with the parts of an item's score as a picture, and what its rank would be without the events that
 * say most. Asked for when somebody opens it; it stays as it is until it is closed.
 *
 * 1. The browser's own dialog: the focus goes into it, Escape closes it, and the focus goes back to where it was.
 * 2. What comes for an item that isn't asked about any more is dropped.
 */
import { type Api, ApiError, pathOf } from './api.js';
import type { ExplanationAnswer } from './answers.js';
import { byId, h, part, setText } from './dom.js';
import type { Speech } from './item-view.js';
import { reasonPicture, stepsOf } from './reasons.js';

export interface Why {
  /** Listens for the question on a list of items. */
  watch(list: HTMLElement): void;
}

export interface WhyParts {
  readonly api: Api;
  /** Id of the list that is shown. */
  readonly list: () => string | undefined;
  readonly speech: () => Speech;
}

/** Events without which the item is ranked anew. */
const COUNTERFACTUALS = 3;

export function createWhy({ api, list, speech }: WhyParts): Why {
  const dialog = part('why', HTMLDialogElement);
  const content = byId('why-content');
  let asked = '';

  byId('why-close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => (asked = ''));
  // Beside the dialog's content there is only its backdrop.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });

  const open = async (item: string, id: string): Promise<void> => {
    const { text, known } = speech();
    asked = item;
    setText(byId('why-title'), text.say('whyTitle', { title: known.title(item, text.language) }));
    content.replaceChildren(h('p', { class: 'note' }, text.say('loading')));
    dialog.showModal();
    const shown = await answerTo(`${pathOf('recommendations', id, 'explanation')}?item_id=${encodeURIComponent(item)}&language=${text.language}&counterfactuals=${COUNTERFACTUALS}`);
    if (asked === item) content.replaceChildren(...shown);
  };
  const answerTo = async (path: string): Promise<readonly HTMLElement[]> => {
    try {
      return contentOf(await api.get<ExplanationAnswer>(path), speech());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return [h('p', { class: 'note' }, speech().text.say('whyFailed', { detail: error.message }))];
    }
  };

  return {
    watch(place) {
      place.addEventListener('click', (event) => {
        const button = event.target instanceof Element ? event.target.closest<HTMLElement>('.because') : null;
        const item = button?.closest<HTMLElement>('[data-id]')?.dataset['id'];
        const id = list();
        if (item !== undefined && id !== undefined) void open(item, id);
      });
    },
  };
}

function contentOf({ place, score, rank, reasons, text: summary, without, model_version: version }: ExplanationAnswer, { text }: Speech): readonly HTMLElement[] {
  // Of an item that is in the list the heading says as much.
  const said = place === undefined ? [h('p', { class: 'said' }, summary)] : [];
  if (score === undefined || rank === undefined) return said;
  const facts = h('p', { class: 'note' }, text.say('whyFacts', { rank: text.count(rank), score: score.toFixed(2), version: text.count(version) }));
  const picture = reasonPicture(stepsOf(reasons, score, text), score, text);
  if (without.length === 0) return [...said, facts, picture];
  return [...said, facts, picture, h('h3', {}, text.say('whyWithout')), h('ul', { class: 'without' }, ...without.map((left) => h('li', {}, left.text)))];
}
