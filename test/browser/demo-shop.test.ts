/** The page at `/` of a real all-in-one Freshet with its demo shop, in a real Chromium: every control, as people use it. */
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chromiumInstalled } from '../support/browser.js';
import { CARDS, deedOf, eventsOf, figures, focusedOn, idsOf, openVisits, ROWS, shopperOf, type Visits } from '../support/shop-page.js';
import { until } from '../support/until.js';

let visits: Visits;

describe.skipIf(!chromiumInstalled())('the page', () => {
  beforeAll(async () => {
    visits = await openVisits();
  });
  // Whatever a test does, the page asks nobody else and its console stays silent.
  afterEach(async () => expect(await visits.end()).toEqual([]));
  afterAll(() => visits.close());

  test('comes with a policy that lets nothing in from elsewhere, in less than 100 KB, pictures included', async () => {
    const { page } = await visits.visit();
    for (const path of ['/', '/console/main.js', '/console/style.css', '/demo/pictures/mugs-001.svg']) {
      const { status, headers } = await fetch(visits.site.shop.url + path);
      expect([path, status]).toEqual([path, 200]);
      for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]) {
        expect(headers.get('content-security-policy')).toContain(part);
      }
    }
    const bytes = await page.evaluate("[performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource')].filter(({ name }) => !name.includes('/v1/') && !name.endsWith('/metrics')).reduce((sum, { transferSize }) => sum + transferSize, 0)");
    console.info(`the page, its modules and pictures: ${(Number(bytes) / 1_024).toFixed(1)} KB`);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(100 * 1_024);
  });

  test('shows a new shopper what is trending: pictures, names, prices, reasons, and figures of what goes on', async () => {
    const { page } = await visits.visit();
    const first = page.locator(CARDS).first();
    expect(await first.locator('.title').textContent()).toMatch(/\w+ .+, \w+/);
    expect(await first.locator('.price').textContent()).toMatch(/^€\d+\.\d\d$/);
    expect(await first.locator('.caption').textContent()).toBe('taken often now');
    await until('all pictures are drawn', async () => page.evaluate<boolean>("[...document.querySelectorAll('#shelf .card img')].every((image) => image.naturalWidth > 0)"));
    await until('events a second', async () => /^\d+\.\d events\/s$/.test((await page.locator('#rate').textContent()) ?? ''));
    await until('all stages of the lag', async () => (await page.locator('#lag tr').count()) === 6);
    expect(await page.locator('#lag th').allTextContents()).toEqual(['accept', 'queue', 'train', 'commit', 'apply', 'total']);
    expect(await page.locator('#fashion').textContent()).toMatch(/In fashion among the demo’s shoppers: \w+/);
    expect(await page.locator('#version').textContent()).toMatch(/^[\d,]+$/);
  });

  test('a purchase changes the list, and says in milliseconds when the list and the model knew', async () => {
    const { page } = await visits.visit();
    const before = await idsOf(page);
    const user = await shopperOf(page);
    await deedOf(page.locator(CARDS).first(), 'purchase').click();
    const [list = 0, model = 0] = await figures(page);
    expect(list).toBeGreaterThan(0);
    expect(model).toBeGreaterThan(0);
    expect(await eventsOf(visits.site.shop, user)).toEqual([`purchase ${before[0]}`]);
    const after = await idsOf(page);
    expect(after).not.toEqual(before);
    expect(await page.locator('#source').textContent()).toContain('from past clicks');
    const entered = after.filter((id) => !before.includes(id)).length;
    expect(await page.locator('#click-result .tag[data-kind="entered"]').textContent()).toBe(`${entered} new`);
    expect(await page.locator(`${CARDS} .change[data-kind="entered"]`).count()).toBe(entered);
    expect(await page.locator('#spoken').textContent()).toMatch(/^Bought: .+ New list after [\d.,]+ ms: .+ Model \d+ after [\d.,]+ ms\.$/);
    expect(await page.locator('#events li').first().textContent()).toContain('Bought');
    expect(await page.locator('#click-result .clicked').textContent()).toMatch(/^Bought: /);
  });

  test('what one turns down goes, what one looks at and puts into the cart counts, in both lists', async () => {
    const { page } = await visits.visit();
    const user = await shopperOf(page);
    const [, second = ''] = await idsOf(page);
    const perform = async (place: Locator, deed: string): Promise<void> => {
      const known = (await eventsOf(visits.site.shop, user)).length;
      await deedOf(place, deed).click();
      await until(`${deed} is in the history`, async () => (await eventsOf(visits.site.shop, user)).length > known);
      await figures(page);
    };
    await perform(page.locator(CARDS).nth(1), 'dislike');
    expect(await idsOf(page)).not.toContain(second);
    const [first = ''] = await idsOf(page);
    await perform(page.locator(CARDS).first(), 'view');
    // What was turned down would be taken back by a cart.
    const [trending = '', other = ''] = (await idsOf(page, ROWS)).filter((id) => id !== first && id !== second);
    await perform(page.locator(`${ROWS}[data-id="${trending}"]`), 'cart');
    await perform(page.locator(`${ROWS}[data-id="${other}"]`), 'purchase');
    expect(await eventsOf(visits.site.shop, user)).toEqual([`purchase ${other}`, `cart ${trending}`, `view ${first}`, `dislike ${second}`]);
    await until('the panel lists them', async () => (await page.locator('#events .verb').allTextContents()).join() === 'Bought,In the cart,Viewed,Turned down');
    // A picture is looked at by clicking it.
    await page.locator(`${CARDS} .picture`).nth(2).click();
    await until('looked at', async () => (await eventsOf(visits.site.shop, user)).length === 5);
  });

  test('why an item is recommended opens as a picture whose numbers add up to its score, with what its rank were without an event', async () => {
    const { page } = await visits.visit();
    await deedOf(page.locator(CARDS).first(), 'purchase').click();
    await figures(page);
    const card = page.locator(CARDS).nth(1);
    const title = (await card.locator('.title').textContent()) ?? '';
    const why = card.locator('.because');
    expect(await why.locator('.caption').textContent()).toMatch(/^(because you bought “.+” (just now|\d+ s ago)|goes with “.+|liked in general|popular)$/);
    await why.click();
    const dialog = page.locator('#why');
    await dialog.locator('.parts').waitFor();
    expect(await dialog.locator('h2').textContent()).toBe(`Why ${title}?`);
    const [, rank, score] = /^rank (\d+) · score (−?[\d.]+) · model [\d,]+$/.exec((await dialog.locator('.note').first().textContent()) ?? '') ?? [];
    const numberOf = (text: string): number => Math.round(100 * Number(text.replace('−', '-')));
    const numbers = (await dialog.locator('tbody .number').allTextContents()).map(numberOf);
    expect(numbers.length).toBeGreaterThan(1);
    expect(numbers.reduce((sum, number) => sum + number, 0)).toBe(numberOf(score ?? ''));
    expect(numberOf((await dialog.locator('tfoot .number').textContent()) ?? '')).toBe(numberOf(score ?? ''));
    expect((await dialog.locator('tbody th').allTextContents()).some((part) => /^because you bought “.+”/.test(part))).toBe(true);
    // Each bar begins where the one before it ends, to the pixel.
    const bars = (await dialog.locator('tbody .extent').evaluateAll((all) => all.map((bar) => bar.getBoundingClientRect()).map(({ left, right }) => ({ left, right })))) as readonly { left: number; right: number }[];
    bars.slice(1).forEach((bar, i) => {
      const before = bars[i] ?? bar;
      const isAgainst = (numbers[i] ?? 0) < 0;
      expect(Math.min(Math.abs(bar.left - (isAgainst ? before.left : before.right)), Math.abs(bar.right - (isAgainst ? before.left : before.right)))).toBeLessThan(4);
    });
    expect(await dialog.locator('.without li').first().textContent()).toMatch(new RegExp(`^you bought “.+” .+; without it: (rank \\d+ instead of ${rank}|still rank ${rank})$`));
    await page.keyboard.press('Escape');
    expect(await dialog.isVisible()).toBe(false);
    // By keyboard alone: the focus is back where it was, opens it again, stays in it, and a button closes it.
    expect((await focusedOn(page)).label).toMatch(/^Why this\? /);
    await page.keyboard.press('Enter');
    await dialog.locator('.parts').waitFor();
    expect((await focusedOn(page)).label).toBe('Close');
    await page.keyboard.press('Enter');
    expect(await dialog.isVisible()).toBe(false);
  });

  test('why an item is recommended to a stranger is that it trends; a click beside the picture closes it', async () => {
    const { page } = await visits.visit();
    await page.locator('.because').first().click();
    await page.locator('#why .parts').waitFor();
    expect(await page.locator('#why tbody th').allTextContents()).toEqual(['taken often now']);
    expect(await page.locator('#why .without').count()).toBe(0);
    await page.mouse.click(20, 400);
    expect(await page.locator('#why').isVisible()).toBe(false);
  });

  test('a category chosen, and all again', async () => {
    const { page } = await visits.visit();
    await page.locator('#categories button', { hasText: 'Tea' }).click();
    await until('only tea', async () => {
      const ids = await idsOf(page, ROWS);
      return ids.length > 0 && ids.every((id) => id.startsWith('tea-'));
    });
    expect(await page.locator('#categories button[aria-pressed="true"]').textContent()).toBe('Tea');
    await page.locator('#categories button').first().click();
    await until('everything', async () => !(await idsOf(page, ROWS)).every((id) => id.startsWith('tea-')));
  });

  test('the eyes of another shopper, of any id, and of somebody new', async () => {
    const { page } = await visits.visit();
    const mine = await shopperOf(page);
    const list = (await idsOf(page)).join();
    await page.locator('#shopper').selectOption('shopper-007');
    await until('her list', async () => (await idsOf(page)).join() !== list);
    await until('her events', async () => (await page.locator('#events li').count()) > 1);
    expect(await page.locator('#renew').isVisible()).toBe(false);
    await page.locator('#shopper').selectOption({ label: 'somebody else …' });
    await page.locator('#other-id').fill('..');
    await page.locator('#other button').click();
    expect(await page.locator('#other-id').evaluate((input) => (input as unknown as { validationMessage: string }).validationMessage)).toBe('This can’t be a shopper’s id.');
    await page.locator('#other-id').fill('shopper-300');
    await page.locator('#other-id').press('Enter');
    await until('chosen', async () => (await shopperOf(page)) === 'shopper-300');
    expect(await page.locator('#other').isVisible()).toBe(false);
    expect(await page.evaluate('document.activeElement.id')).toBe('shopper');
    await page.locator('#shopper').selectOption(mine);
    await page.locator('#renew').click();
    expect(await shopperOf(page)).not.toBe(mine);
    const kept = await shopperOf(page);
    await page.reload();
    await page.locator(CARDS).first().waitFor();
    expect(await shopperOf(page)).toBe(kept);
  });

  test('an id of odd characters is that shopper and nothing else', async () => {
    const { page } = await visits.visit();
    const id = '<b>&"\'/é中文 {deed}';
    await page.locator('#shopper').selectOption({ label: 'somebody else …' });
    await page.locator('#other-id').fill(id);
    await page.locator('#other button').click();
    await until('chosen', async () => (await shopperOf(page)) === id);
    expect(await page.locator('#shopper option:checked').textContent()).toBe(id);
    const [first] = await idsOf(page);
    await deedOf(page.locator(CARDS).first(), 'purchase').click();
    await figures(page);
    expect(await eventsOf(visits.site.shop, id)).toEqual([`purchase ${first}`]);
    expect(await page.locator('b:not(#click-result b, #lag b, #curve b)').count()).toBe(0);
  });

  test('what the last click did stays in sight, before everything that is scrolled below it', async () => {
    const { page } = await visits.visit();
    await deedOf(page.locator(CARDS).first(), 'cart').click();
    await figures(page);
    await page.evaluate('scrollTo(0, 320)');
    const covered = await page.evaluate(`(() => {
      const { left, top, width, height } = document.querySelector('#click').getBoundingClientRect();
      const points = Array.from({ length: 40 }, (_, n) => [left + 12 + ((width - 24) * (n % 5)) / 4, top + 8 + ((height - 16) * Math.floor(n / 5)) / 7]);
      return { top, under: document.querySelector('#lag').getBoundingClientRect().top < top + height, hidden: points.filter(([x, y]) => document.elementFromPoint(x, y)?.closest('#click') === null).length };
    })()`);
    expect(covered).toEqual({ top: 72, under: true, hidden: 0 });
  });

  test('what has changed moves into its place, and nothing is left behind', async () => {
    const { page } = await visits.visit({ reducedMotion: 'no-preference' });
    const before = await idsOf(page);
    await deedOf(page.locator(CARDS).nth(2), 'purchase').click();
    await until('something moves', async () => page.evaluate("document.querySelector('#shelf').getAnimations({ subtree: true }).some(({ playState }) => playState === 'running')"));
    await figures(page);
    await until('all is still', async () => page.evaluate("document.querySelector('#shelf').getAnimations({ subtree: true }).every(({ playState }) => playState !== 'running')"));
    await until('no ghosts', async () => (await page.locator('#shelf > .ghost').count()) === 0);
    const after = await idsOf(page);
    expect(after).not.toEqual(before);
    expect(new Set(after).size).toBe(12);
    expect(await page.locator('#shelf > li').count()).toBe(12);
    expect(await page.locator('#shelf .rank').allTextContents()).toEqual(after.map((_, place) => String(place + 1)));
  });

  test('draws how well it predicts, beside both floors, once there are two windows', async () => {
    const { page } = await visits.visit();
    await until('the curve', async () => (await page.locator('#curve path.line').count()) === 3);
    expect(await page.locator('#curve svg').getAttribute('aria-label')).toMatch(/^Over the last [\d,]+ tested events: Freshet \d+%, what followed last time \d+%, most popular \d+%\.$/);
    expect(await page.locator('#curve .series .label').allTextContents()).toEqual(['Freshet', 'what followed last', 'most popular']);
  });
});
