/** The page of a running Freshet as a test uses it: what it shows, what is clicked, and what the API says about it. */
import type { Browser, Locator, Page } from 'playwright-core';
import { openShop, type Shop } from './api-client.js';
import { launchChromium, openPage, type WatchedPage } from './browser.js';
import { endAll, startFreshet } from './freshet-command.js';
import { createDatabase, type TestDatabase } from './postgres.js';
import { until } from './until.js';

export const CARDS = '#shelf > .card:not(.placeholder, .ghost)';
export const ROWS = '#trending > .row:not(.ghost)';

export interface PageSite {
  readonly database: TestDatabase;
  readonly browser: Browser;
  readonly shop: Shop;
}

/** An all-in-one Freshet on a database of its own, and a browser. */
export async function openPageSite(...args: string[]): Promise<PageSite> {
  const started = async (): Promise<Omit<PageSite, 'browser'>> => {
    const database = await createDatabase();
    const freshet = await startFreshet({ command: 'start', args: ['--database-url', database.url, '--max-items', '4096', ...args] });
    await freshet.ready();
    return { database, shop: openShop(freshet.url) };
  };
  const [browser, site] = await Promise.all([launchChromium(), started()]);
  return { browser, ...site };
}

/** A page with its first list and what is trending. */
async function visit({ browser, shop }: PageSite, options: Parameters<typeof openPage>[1] = {}): Promise<WatchedPage> {
  const watched = await openPage(browser, options);
  await watched.page.goto(shop.url);
  await watched.page.locator(CARDS).nth(11).waitFor();
  await watched.page.locator(ROWS).nth(5).waitFor();
  return watched;
}

export function idsOf(page: Page, selector = CARDS): Promise<string[]> {
  return page.locator(selector).evaluateAll((items) => items.map((item) => item.dataset['id'] ?? ''));
}

export function deedOf(place: Locator, deed: string): Locator {
  return place.locator(`button[data-deed="${deed}"]`);
}

/** Milliseconds of the last click, once list and model have come. */
export async function figures(page: Page): Promise<number[]> {
  const values = page.locator('#click-result .figures b');
  return until('milliseconds to the list and to the model', async () => {
    const texts = await values.allTextContents();
    return texts.length === 2 && texts.every((text) => /^[\d.,]+$/.test(text)) && texts.map((text) => Number(text.replace(',', '')));
  });
}

/** `purchase mugs-001`, newest first. */
export async function eventsOf(shop: Shop, user: string): Promise<string[]> {
  const { body } = await shop.get(`/v1/users/${encodeURIComponent(user)}/history`);
  return (body['events'] as readonly { type: string; item_id: string }[]).map(({ type, item_id }) => `${type} ${item_id}`);
}

export function shopperOf(page: Page): Promise<string> {
  return page.locator('#shopper').inputValue();
}

export interface Focused {
  readonly label: string;
  /** Style of its outline: `none` when the focus can't be seen. */
  readonly outline: string;
  readonly deed: string;
  readonly id: string;
}

export async function focusedOn(page: Page): Promise<Focused> {
  return (await page.evaluate(`(() => {
    const element = document.activeElement;
    return {
      label: element.getAttribute('aria-label') ?? element.textContent.trim(),
      outline: getComputedStyle(element).outlineStyle,
      deed: element.dataset.deed ?? '',
      id: element.closest('[data-id]')?.dataset.id ?? '',
    };
  })()`)) as Focused;
}

export interface Visits {
  readonly site: PageSite;
  /** As `visit`; closed and looked through by `end`. */
  visit(options?: Parameters<typeof openPage>[1]): Promise<WatchedPage>;
  /** Closes the pages of a test. Resolves with what their consoles complained of and what they asked of others. */
  end(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openVisits(...args: string[]): Promise<Visits> {
  const site = await openPageSite(...args);
  const open: WatchedPage[] = [];
  return {
    site,
    async visit(options) {
      const watched = await visit(site, options);
      open.push(watched);
      return watched;
    },
    async end() {
      const seen = open.splice(0);
      await Promise.all(seen.map((one) => one.close()));
      const foreign = seen.flatMap(({ requests }) => requests).filter((address) => new URL(address).origin !== site.shop.url);
      return [...seen.flatMap(({ complaints }) => complaints), ...foreign];
    },
    async close() {
      await site.browser.close();
      await endAll();
      await site.database.drop();
    },
  };
}
