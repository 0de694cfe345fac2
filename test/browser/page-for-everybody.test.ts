/** The page for everybody: in two languages, in the light and the dark, by keyboard, on a narrow screen, out of sight, cut off. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { graveFaults } from '../support/axe.js';
import { chromiumInstalled, openPage } from '../support/browser.js';
import { CARDS, deedOf, eventsOf, figures, focusedOn, idsOf, openVisits, shopperOf, type Visits } from '../support/shop-page.js';
import { until } from '../support/until.js';

let visits: Visits;

describe.skipIf(!chromiumInstalled())('the page for everybody', () => {
  beforeAll(async () => {
    visits = await openVisits();
  });
  // Whatever a test does, the page asks nobody else and its console stays silent.
  afterEach(async () => expect(await visits.end()).toEqual([]));
  afterAll(() => visits.close());

  test('speaks Chinese when asked, and keeps to it', async () => {
    const { page } = await visits.visit();
    await page.locator('#lang-zh').click();
    expect(await page.locator('h1').textContent()).toBe('每一次点击，店铺都在学习。');
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    expect(await page.locator(`${CARDS} .title`).first().textContent()).toMatch(/[\u4e00-\u9fff]/);
    expect(await page.locator('#categories button').nth(1).textContent()).toMatch(/[\u4e00-\u9fff]/);
    await deedOf(page.locator(CARDS).first(), 'cart').click();
    await figures(page);
    expect(await page.locator('#click-result .clicked').textContent()).toMatch(/^已加购：/);
    await until('its reasons are Chinese', async () => /[\u4e00-\u9fff]/.test((await page.locator('.because .caption').first().textContent()) ?? ''));
    await page.locator('.because').first().click();
    await page.locator('#why .parts').waitFor();
    expect((await page.locator('#why tbody th').allTextContents()).every((said) => /[\u4e00-\u9fff]/.test(said))).toBe(true);
    expect(await page.locator('#why .without li').first().textContent()).toMatch(/若没有这次/);
    await page.locator('#why-close').click();
    await page.reload();
    await page.locator(CARDS).first().waitFor();
    expect(await page.locator('#lang-zh').getAttribute('aria-pressed')).toBe('true');
    await page.locator('#lang-en').click();
    expect(await page.locator('h1').textContent()).toBe('A shop that learns from every click.');
  });

  test('who prefers Chinese or the dark gets it unasked, and may turn on the light', async () => {
    const { page } = await visits.visit({ locale: 'zh-CN', colorScheme: 'dark' });
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    const paper = (): Promise<unknown> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await paper();
    await page.locator('#theme').click();
    const light = await paper();
    expect(light).not.toBe(dark);
    await page.reload();
    expect(await paper()).toBe(light);
    await page.locator('#theme').click();
    expect(await paper()).toBe(dark);
  });

  test.each([1400, 360])('axe finds no serious fault at %i px, in the light and in the dark, before and after a click', async (width) => {
    const { page } = await visits.visit({ viewport: { width, height: 900 } });
    expect(await graveFaults(page)).toEqual([]);
    await deedOf(page.locator(CARDS).first(), 'purchase').click();
    await figures(page);
    for (const theme of ['light', 'dark']) {
      expect([theme, await graveFaults(page)]).toEqual([theme, []]);
      await page.locator('.because').nth(1).click();
      await page.locator('#why .parts').waitFor();
      expect([theme, await graveFaults(page)]).toEqual([theme, []]);
      expect(await page.evaluate("document.querySelector('#why').scrollWidth <= document.querySelector('#why').clientWidth")).toBe(true);
      await page.locator('#why-close').click();
      await page.locator('#theme').click();
    }
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  test('from loading to a purchase by keyboard alone, with the focus always to be seen', async () => {
    const { page } = await visits.visit();
    const user = await shopperOf(page);
    await page.keyboard.press('Tab');
    expect((await focusedOn(page)).label).toBe('Skip to the recommendations');
    const passed: string[] = [];
    for (let n = 0; n < 30 && (await focusedOn(page)).deed !== 'purchase'; n++) {
      await page.keyboard.press('Tab');
      const { label, outline } = await focusedOn(page);
      passed.push(label);
      expect([label, outline]).toEqual([label, 'solid']);
    }
    expect(passed).toEqual(expect.arrayContaining(['EN', '中文', 'Light or dark', 'Start over as somebody new']));
    const { id, label } = await focusedOn(page);
    expect(label).toMatch(/^Buy: /);
    await page.keyboard.press('Enter');
    await figures(page);
    expect(await eventsOf(visits.site.shop, user)).toEqual([`purchase ${id}`]);
    // Where the list has moved, the focus has gone along, on the same button.
    const after = await focusedOn(page);
    expect(after.deed).toBe('purchase');
    if ((await idsOf(page)).includes(id)) expect(after.id).toBe(id);
  });

  test('asks for nothing while nobody sees it, and again when somebody does', async () => {
    const { page, requests } = await visits.visit();
    const setVisibility = (state: string): Promise<unknown> =>
      page.evaluate(`Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' }); document.dispatchEvent(new Event('visibilitychange'))`);
    await page.clock.install();
    await setVisibility('hidden');
    await page.clock.runFor(5_000);
    const asked = requests.length;
    await page.clock.runFor(60_000);
    expect(requests.length).toBe(asked);
    await setVisibility('visible');
    await until('it asks again', () => requests.length > asked);
  });

  test('says when nobody answers, and by itself when somebody does again', async () => {
    const watched = await openPage(visits.site.browser);
    const { page } = watched;
    await page.goto(visits.site.shop.url);
    await page.locator(CARDS).first().waitFor();
    const notice = page.locator('#notice');
    expect(await notice.isVisible()).toBe(false);
    await page.context().setOffline(true);
    await until('it says so', async () => (await notice.textContent())?.startsWith('Freshet doesn’t answer') === true && (await notice.isVisible()));
    await deedOf(page.locator(CARDS).first(), 'purchase').click();
    expect(await page.locator('#click-result').isVisible()).toBe(false);
    await page.context().setOffline(false);
    await until('it is back', async () => (await notice.textContent()) === 'Freshet is back.');
    await deedOf(page.locator(CARDS).first(), 'purchase').click();
    await figures(page);
    await watched.close();
  });

  test('works where nothing may be kept', async () => {
    const watched = await openPage(visits.site.browser);
    await watched.page.addInitScript("for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get() { throw new DOMException('forbidden', 'SecurityError'); } })");
    await watched.page.goto(visits.site.shop.url);
    await watched.page.locator(CARDS).first().waitFor();
    await watched.page.locator('#lang-zh').click();
    await deedOf(watched.page.locator(CARDS).first(), 'purchase').click();
    await figures(watched.page);
    expect(await watched.page.locator('#click-result .clicked').textContent()).toMatch(/^已购买：/);
    expect(watched.complaints).toEqual([]);
    await watched.close();
  });
});
