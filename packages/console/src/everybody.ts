/** What is the same for every shopper: what is trending, how fast and how well the model learns, who the demo's shoppers are. */
import { trendingPath } from './act.js';
import type { Api } from './api.js';
import type { DemoAnswer, DemoTrend, ListAnswer, ListedItem, ModelsAnswer, QualityAnswer } from './answers.js';
import { showCurve } from './curve-panel.js';
import type { Speech } from './item-view.js';
import { categoryOf } from './known.js';
import { showLag } from './lag-panel.js';
import { showPulse } from './pulse.js';
import { createReadings, WINDOWS } from './readings.js';
import type { Picker } from './shopper.js';
import type { Trending } from './trending.js';

export interface Everybody {
  readTrending(): Promise<void>;
  readTrendingQuietly(): Promise<void>;
  readCategories(): Promise<void>;
  readModels(): Promise<void>;
  readQuality(): Promise<void>;
  readMetrics(): Promise<void>;
  /** Only when what is in fashion has changed since. */
  readDemo(): Promise<void>;
  /** What has been read since: figures, bars, curve. */
  show(): void;
  speak(): void;
}

export interface EverybodyParts {
  readonly api: Api;
  readonly trending: () => Trending;
  readonly picker: () => Picker;
  readonly speech: () => Speech;
}

const TRENDING = 6;
/** Items whose categories are offered. */
const WELL_KNOWN = 100;
/** Versions and windows asked for in a turn: more than come in it, most times. */
const VERSIONS_A_TURN = 12;
const WINDOWS_A_TURN = 6;

export function createEverybody({ api, trending, picker, speech }: EverybodyParts): Everybody {
  const readings = createReadings();
  let wellKnown: readonly ListedItem[] = [];
  let fashion: DemoTrend | undefined;
  let demoAsked = false;
  let windows = WINDOWS;

  const offer = (): void => trending().offer(namesOf(wellKnown, speech()), speech());
  const show = (): void => {
    showPulse(readings, speech().text);
    showLag(readings.lag, speech().text);
    showCurve(readings.curve, speech().text);
    trending().fashion(fashion, Date.now(), speech());
  };
  const readTrending = async (): Promise<void> => {
    const { category } = trending();
    const answer = await api.get<ListAnswer>(trendingPath(category, TRENDING));
    speech().known.learn(answer.items);
    if (category === trending().category) trending().show(answer.items, speech());
  };

  return {
    readTrending,
    readTrendingQuietly: async () => (trending().isInUse() ? undefined : readTrending()),
    async readCategories() {
      wellKnown = (await api.get<ListAnswer>(`/v1/trending?window=7d&limit=${WELL_KNOWN}&fields=categories,attributes`)).items;
      offer();
    },
    async readModels() {
      const { serving, versions } = await api.get<ModelsAnswer>(`/v1/models?limit=${VERSIONS_A_TURN}`);
      readings.models(serving, versions, performance.now());
    },
    async readQuality() {
      readings.quality((await api.get<QualityAnswer>(`/v1/models/quality?limit=${windows}`)).windows);
      windows = WINDOWS_A_TURN;
    },
    readMetrics: async () => readings.scrape(await api.text('/metrics')),
    async readDemo() {
      if (demoAsked && (fashion === undefined || Date.parse(fashion.until) > Date.now())) return;
      const { shoppers, trend } = await api.get<DemoAnswer>('/demo/shoppers');
      if (!demoAsked) picker().offer(shoppers, speech().text);
      demoAsked = true;
      fashion = trend;
    },
    show,
    speak() {
      trending().speak(speech());
      offer();
      show();
    },
  };
}

/** What each category is called, by its name in the catalogue, in the order of names. */
function namesOf(items: readonly ListedItem[], { text }: Speech): ReadonlyMap<string, string> {
  const names = items.flatMap(({ fields }): [string, string][] => {
    const [key] = fields?.categories ?? [];
    return key === undefined ? [] : [[key, categoryOf(fields, text.language) ?? key]];
  });
  return new Map(names.sort(([a], [b]) => a.localeCompare(b)));
}
