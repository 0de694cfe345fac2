/** The page's texts, in both languages and as its HTML uses them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createText } from '@freshet/console/text';
import { CHINESE, ENGLISH } from '@freshet/console/words';

const folder = fileURLToPath(new URL('.', import.meta.resolve('@freshet/console/package.json')));
const html = readFileSync(`${folder}public/index.html`, 'utf8');
const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort();

describe('texts', () => {
  it('say the same things with the same values in both languages', () => {
    expect(Object.keys(CHINESE)).toEqual(Object.keys(ENGLISH));
    const entries = Object.entries(ENGLISH).map(([key, english]) => ({ key, english: placeholders(english), chinese: placeholders(CHINESE[key as keyof typeof ENGLISH]) }));
    expect(entries.filter(({ english, chinese }) => english.join() !== chinese.join())).toEqual([]);
    // Names, and what is made of values only.
    const untranslated = Object.entries(CHINESE).filter(([key, text]) => !/[\u4e00-\u9fff]/.test(text) && !['lagP99', 'series_model', 'release', 'source', 'of', 'doing'].includes(key));
    expect(untranslated).toEqual([]);
  });

  it('are all there that the HTML names, and it says the English ones', () => {
    const named = [...html.matchAll(/data-text="(\w+)"[^>]*>([^<]*)</g)].map(([, key = '', text]) => [key, text]);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(([key = '', text]) => ENGLISH[key as keyof typeof ENGLISH] !== text)).toEqual([]);
    const labels = [...html.matchAll(/data-label="(\w+)" aria-label="([^"]*)"/g)].map(([, key = '', text]) => [key, text]);
    expect(labels.length).toBe([...html.matchAll(/data-label=/g)].length);
  });

  it('fill values in once: a title that looks like a place for another value stays as it is', () => {
    expect(createText('en').say('of', { deed: 'Buy', title: '{deed} $& <b>' })).toBe('Buy: {deed} $& <b>');
    expect(createText('en').trySay('constructor')).toBeUndefined();
  });

  it('write numbers, prices and spans of time as the language does', () => {
    const [english, chinese] = [createText('en'), createText('zh')];
    expect([english.count(1_234_567), english.ms(3.14), english.ms(1_234.5), english.share(0.476)]).toEqual(['1,234,567', '3.1', '1,235', '48%']);
    expect([english.price(14.95, 'EUR'), english.price(1_400, undefined), english.price(1, '<b>')]).toEqual(['€14.95', '1,400.00', '1.00']);
    expect([0, 12_000, 120_000, 7_200_000, 172_800_000].map((ms) => english.span(ms))).toEqual(['now', '12 s', '2 min', '2 h', '2 d']);
    expect([0, 12_000, 120_000].map((ms) => chinese.span(ms))).toEqual(['刚刚', '12 秒', '2 分钟']);
  });
});

describe('the page', () => {
  it('loads every module at once instead of one after the other', () => {
    const modules = readdirSync(`${folder}src`).map((name) => name.replace(/\.ts$/, '.js')).filter((name) => !['answers.js', 'main.js'].includes(name));
    const preloaded = [...html.matchAll(/rel="modulepreload" href="\/console\/([\w-]+\.js)"/g)].map((match) => match[1]);
    expect(new Set(preloaded)).toEqual(new Set(modules));
    expect(preloaded).toHaveLength(modules.length);
  });

  it('names nothing outside this server and has no inline script or style', () => {
    const style = readFileSync(`${folder}public/style.css`, 'utf8');
    expect(`${html}${style}`).not.toMatch(/https?:\/\/|@import|url\((?!#)/);
    expect(html).not.toMatch(/<style|<script(?![^>]*src="\/)|\sstyle=|\son\w+=/);
  });
});
