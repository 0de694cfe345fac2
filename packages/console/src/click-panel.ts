/** What the last click did: milliseconds to the shopper's own list and to everybody's model, and how the list has changed. */
import type { Changes } from './changes.js';
import { byId, h, setShare } from './dom.js';
import type { Speech } from './item-view.js';
import type { Text } from './text.js';

/** As far as it has come. */
export interface Outcome {
  readonly deed: string;
  readonly id: string;
  readonly storedMs?: number;
  readonly listMs?: number;
  readonly modelMs?: number;
  readonly version?: number;
  readonly changes?: Changes;
  /** Nobody has learned it in time. */
  readonly late?: boolean;
}

export interface ClickPanel {
  show(outcome: Outcome | undefined, speech: Speech): void;
}

const FRESH_MS = 8_000;

export function createClickPanel(): ClickPanel {
  const hint = byId('click-hint');
  const result = byId('click-result');
  const spoken = byId('spoken');
  const panel = byId('click');
  let timer = 0;
  /** On a narrow page it comes to the fore for as long as the changes are marked. */
  const refresh = (isFresh: boolean): void => {
    clearTimeout(timer);
    panel.toggleAttribute('data-fresh', isFresh);
    if (isFresh) timer = setTimeout(() => panel.toggleAttribute('data-fresh', false), FRESH_MS);
  };
  return {
    show(outcome, speech) {
      refresh(outcome !== undefined);
      hint.hidden = outcome !== undefined;
      result.hidden = outcome === undefined;
      if (outcome === undefined) return;
      result.replaceChildren(headline(outcome, speech), figures(outcome, speech.text), track(outcome, speech.text), ...changeLine(outcome, speech));
      if (outcome.listMs !== undefined && outcome.modelMs !== undefined) spoken.textContent = sentence(outcome, speech);
    },
  };
}

function headline({ deed, id, listMs }: Outcome, { text, known }: Speech): HTMLElement {
  const did = text.trySay(`did_${deed}`) ?? deed;
  const said = listMs === undefined ? text.say('doing', { deed: did, title: known.title(id, text.language) }) : text.say('of', { deed: did, title: known.title(id, text.language) });
  return h('p', { class: 'clicked' }, said);
}

function figures(outcome: Outcome, text: Text): HTMLElement {
  const figure = (kind: string, ms: number | undefined, label: string): HTMLElement =>
    h('div', { 'data-kind': kind }, h('dd', {}, h('b', {}, ms === undefined ? '…' : text.ms(ms)), ' ms'), h('dt', {}, label));
  return h('dl', { class: 'figures' }, figure('list', outcome.listMs, text.say('toList')), figure('model', outcome.modelMs, outcome.late === true ? text.say('noTrainer') : text.say('toModel')));
}

/** From the click to the model as a line with three marks, to scale. */
function track({ storedMs, listMs, modelMs, version }: Outcome, text: Text): HTMLElement {
  const marks = [['stored', storedMs, text.say('stored')], ['list', listMs, text.say('listed')], ['model', modelMs, text.say('learned', { version: version === undefined ? '' : text.count(version) })]] as const;
  const end = Math.max(1, ...marks.map(([, ms]) => ms ?? 0));
  const line = h('div', { class: 'track', 'aria-hidden': 'true' });
  for (const [kind, ms] of marks) {
    if (ms === undefined) continue;
    const mark = h('i', { 'data-kind': kind });
    setShare(mark, ms / end);
    line.append(mark);
  }
  const legend = marks.map(([kind, ms, label]) => h('li', { 'data-kind': kind }, h('span', {}, label), h('span', { class: 'number' }, ms === undefined ? '…' : `${text.ms(ms)} ms`)));
  return h('div', { class: 'track-place' }, line, h('ul', { class: 'legend' }, ...legend));
}

const NAMED = 2;

function changeLine(outcome: Outcome, speech: Speech): HTMLElement[] {
  if (outcome.changes === undefined) return [];
  const parts = changeParts(outcome.changes, speech);
  const tags = parts.length === 0 ? [h('span', { class: 'tag' }, speech.text.say('changeNone'))] : parts.map(({ kind, said }) => h('span', { class: 'tag', 'data-kind': kind }, said));
  return [h('p', { class: 'changed' }, h('span', { class: 'lead' }, speech.text.say('changed')), ...tags)];
}

function changeParts({ entered, rose, fell, left }: Changes, { text, known }: Speech): { readonly kind: string; readonly said: string }[] {
  const names = left.slice(0, NAMED).map((id) => known.title(id, text.language)).join(text.language === 'zh' ? '、' : '; ');
  const titles = left.length > NAMED ? text.say('changeMore', { titles: names, n: left.length - NAMED }) : names;
  return [
    ...(entered === 0 ? [] : [{ kind: 'entered', said: text.say('changeEntered', { n: entered }) }]),
    ...(rose === 0 ? [] : [{ kind: 'rose', said: text.say('changeRose', { n: rose }) }]),
    ...(fell === 0 ? [] : [{ kind: 'fell', said: text.say('changeFell', { n: fell }) }]),
    ...(left.length === 0 ? [] : [{ kind: 'left', said: text.say('changeLeft', { titles }) }]),
  ];
}

function sentence(outcome: Outcome, speech: Speech): string {
  const { text, known } = speech;
  const parts = outcome.changes === undefined ? [] : changeParts(outcome.changes, speech).map(({ said }) => said);
  return text.say('spoken', {
    deed: text.trySay(`did_${outcome.deed}`) ?? outcome.deed,
    title: known.title(outcome.id, text.language),
    list: text.ms(outcome.listMs ?? 0),
    model: text.ms(outcome.modelMs ?? 0),
    version: outcome.version ?? '',
    changes: parts.length === 0 ? text.say('changeNone') : parts.join(', '),
  });
}
