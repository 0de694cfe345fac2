/** The page beside a shop's own data: empty at first, then with items that have no pictures and titles that look like markup. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumInstalled, openPage, type WatchedPage } from '../support/browser.js';
import { endAll } from '../support/freshet-command.js';
import { deedOf, eventsOf, openPageSite, type PageSite, shopperOf } from '../support/shop-page.js';
import { until } from '../support/until.js';

const MARKUP = '<img src=x onerror="document.title=1"> & <script>document.title=2</script>';
const ITEMS = [
  { id: '<b>&"\'/é中文', title: MARKUP, price: 3, categories: ['A & <b>'], attributes: { currency: 'USD' } },
  { id: 'far', title: 'Has its picture elsewhere', image_url: 'https://pictures.example/far.png', categories: ['Far'] },
  { id: 'gone', title: 'Has its picture nowhere', image_url: '/nowhere.png', categories: ['Far'] },
  { id: 'bare', title: 'Has a name only' },
];

let site: PageSite;
let watched: WatchedPage;
let page: Page;

describe.skipIf(!chromiumInstalled())('the page of a shop’s own', () => {
  beforeAll(async () => {
    site = await openPageSite('--demo', 'off');
    watched = await openPage(site.browser);
    ({ page } = watched);
    await page.goto(site.shop.url);
  });
  afterAll(async () => {
    await site.browser.close();
    await endAll();
    await site.database.drop();
  });

  test('says of an empty shop how to describe the first item, and offers no shoppers', async () => {
    await page.locator('#empty').waitFor();
    expect(await page.locator('#empty pre').textContent()).toContain(`${site.shop.url}/v1/items/`);
    expect(await page.locator('#shopper option').allTextContents()).toEqual(['you, new here', 'somebody else …']);
    expect(await page.locator('#fashion').textContent()).toBe('');
  });

  test('shows items as they come, with tiles for those without a picture of this server', async () => {
    await site.shop.describe(ITEMS);
    await until('all items', async () => (await page.locator('#shelf > .card').count()) === ITEMS.length);
    expect(await page.locator('#empty').isVisible()).toBe(false);
    await until('tiles', async () => (await page.locator('#shelf .tile').count()) === ITEMS.length);
    const card = page.locator('#shelf > .card').filter({ hasText: '<script>' });
    expect(await card.locator('.title').textContent()).toBe(MARKUP);
    expect(await card.locator('.price').textContent()).toBe('$3.00');
    expect(await page.locator('#shelf > .card').filter({ hasText: 'name only' }).locator('.price').textContent()).toBe('');
  });

  test('an item of odd characters is bought as itself, and nothing of its title has run', async () => {
    const user = await shopperOf(page);
    await deedOf(page.locator('#shelf > .card').filter({ hasText: '<script>' }), 'purchase').click();
    await until('the click is told', async () => (await page.locator('#click-result .clicked').textContent())?.startsWith('Bought: '));
    await until('it is in the history', async () => (await eventsOf(site.shop, user)).includes(`purchase ${ITEMS[0]?.id ?? ''}`));
    await until('it is shown there', async () => (await page.locator('#events .item').allTextContents()).join() === MARKUP);
    expect(await page.title()).toBe('Freshet: a shop that learns while you watch');
    expect(await page.locator('main script, #shelf img[src="x"]').count()).toBe(0);
  });

  test('asks no other server for anything, not even for the picture that an item has elsewhere', () => {
    expect(watched.requests.length).toBeGreaterThan(10);
    expect(watched.requests.filter((address) => new URL(address).origin !== site.shop.url)).toEqual([]);
    // The picture that isn't there is the one thing the console may complain about.
    expect(watched.complaints.filter((complaint) => !complaint.includes('/nowhere.png'))).toEqual([]);
  });
});
