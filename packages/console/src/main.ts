/**
 * The page: the shop as one shopper sees it, beside what happens behind it. Composition, and what is asked when.
 * At most some two small requests a second, none while the page is hidden (ticker.ts).
 */
import { ApiError, createApi } from './api.js';
import { createClicking } from './clicking.js';
import { createClickPanel } from './click-panel.js';
import { byId, setText } from './dom.js';
import { createEventsPanel } from './events-panel.js';
import { createEverybody } from './everybody.js';
import type { Speech } from './item-view.js';
import { createKnown } from './known.js';
import { createNotice } from './notice.js';
import { createPersonal } from './personal.js';
import { createSettings } from './settings.js';
import { createShelf } from './shelf.js';
import { createPicker } from './shopper.js';
import { startTicker } from './ticker.js';
import { createTrending } from './trending.js';
import { createWhy } from './why.js';

const api = createApi();
const known = createKnown(api);
const notice = createNotice();
const settings = createSettings(() => speakAll());
const speech = (): Speech => ({ text: settings.text, known });
const shelf = createShelf();
const picker = createPicker(settings.text, () => void changeShopper());
const trending = createTrending(() => void quietly(everybody.readTrending));
const personal = createPersonal({ api, shelf, events: createEventsPanel(), picker: () => picker, speech });
const everybody = createEverybody({ api, trending: () => trending, picker: () => picker, speech });
const clicking = createClicking({ api, personal, shelf, panel: createClickPanel(), notice, picker: () => picker, speech, quietly });

function speakAll(): void {
  picker.speak(settings.text);
  for (const part of [personal, everybody, clicking]) part.speak();
  // Reasons come in the language that the list was asked for in.
  void quietly(personal.readList);
}

async function changeShopper(): Promise<void> {
  clicking.forget();
  await quietly(personal.changeShopper);
}

/** Says at the top what is wrong instead of throwing; false when nobody was there to answer. */
async function quietly(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    notice.clear(settings.text);
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.trouble !== 'refused') notice.trouble(error, settings.text);
    return error.trouble === 'refused';
  }
}

/** What is read in which turn, from its first one on; a turn is a second and a half. */
const SCHEDULE: readonly { readonly every: number; readonly from: number; readonly read: () => Promise<void> }[] = [
  { every: 2, from: 0, read: personal.readListQuietly },
  { every: 1, from: 0, read: everybody.readModels },
  { every: 1, from: 0, read: everybody.readDemo },
  { every: 3, from: 0, read: everybody.readTrendingQuietly },
  { every: 4, from: 0, read: everybody.readQuality },
  { every: 2, from: 1, read: personal.readHistory },
  { every: 40, from: 1, read: everybody.readCategories },
  { every: 20, from: 2, read: everybody.readMetrics },
];

async function turn(n: number): Promise<boolean> {
  const due = SCHEDULE.filter(({ every, from }) => n >= from && (n - from) % every === 0);
  const answered = await quietly(async () => void (await Promise.all(due.map(({ read }) => read()))));
  everybody.show();
  return answered;
}

clicking.watch(byId('shelf'));
createWhy({ api, list: () => personal.list, speech }).watch(byId('shelf'));
clicking.watch(byId('trending'));
startTicker(turn);
void api.get<{ readonly version: string }>('/v1/version').then(
  ({ version }) => setText(byId('release'), settings.text.say('release', { version })),
  () => undefined,
);
