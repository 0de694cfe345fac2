/**
 * Titles that no shop has, of a seeded grammar: Chinese ones (a name, a motif, a material, a thing, without spaces), and ones of a catalogue's own words with
 * new words among them, to grow it. Pure; the same (seed, number) gives the same titles.
 */
import { randomBelow } from '@freshet/shared/domain/random';
import type { KnownItem } from './known-items.js';

const NAMES = Array.from('清禾云朵知夏南溪北辰青柚白鹭晚风初雪沐阳听雨拾光半山星河木棉松间竹影海棠银杏麦田溪谷朝露暮色流萤远山新月古城小满大雪寒露谷雨立春霜降蓝湾红豆');
const MOTIFS = ['小熊', '樱花', '星空', '海浪', '山茶', '猫咪', '枫叶', '条纹', '几何', '月光', '兔子', '向日葵'];
const MATERIALS = ['陶瓷', '玻璃', '木质', '不锈钢', '棉麻', '竹制', '皮革', '羊毛', '树脂', '纸质'];
const THINGS = ['马克杯', '茶壶', '台灯', '花瓶', '抱枕', '笔记本', '托盘', '香薰蜡烛', '挂钟', '餐盘', '收纳盒', '围裙', '相框', '水壶', '雨伞'];
const SYLLABLES = ['ba', 'ko', 'lin', 'ter', 'ma', 'ves', 'du', 'ra', 'sol', 'ni', 'gar', 'fe', 'pol', 'quin', 'ja', 'thos', 'wen', 'cri', 'mor', 'lux'];
/** Of titles that a catalogue is grown by, one in so many has a word that no other has. */
const NEW_WORD = 2;

export interface ChineseTitle {
  readonly id: string;
  readonly title: string;
  /** Its first two characters. */
  readonly name: string;
}

export function chineseTitles(count: number, seed: number): readonly ChineseTitle[] {
  return Array.from({ length: count }, (_, i) => {
    const draw = (from: readonly string[], which: number): string => from[randomBelow(from.length, seed, i, which)] ?? '';
    const name = draw(NAMES, 1) + draw(NAMES, 2);
    return { id: `made-up-${i}`, name, title: name + draw(MOTIFS, 3) + draw(MATERIALS, 4) + draw(THINGS, 5) };
  });
}

export function chineseQueries(titles: readonly ChineseTitle[]): { readonly whole: readonly KnownItem[]; readonly name: readonly KnownItem[] } {
  return { whole: titles.map(({ id, title }) => ({ id, query: title })), name: titles.map(({ id, name }) => ({ id, query: name })) };
}

/** Further titles, as long as those there are. */
export function grownTitle(titles: readonly (readonly string[])[], seed: number, n: number): string {
  const like = titles[randomBelow(titles.length, seed, n, 0)] ?? [];
  const words = like.map((_, k) => {
    const other = titles[randomBelow(titles.length, seed, n, 2 * k + 1)] ?? [];
    return other[randomBelow(Math.max(1, other.length), seed, n, 2 * k + 2)] ?? '';
  });
  if (n % NEW_WORD === 0) words[0] = [0, 1, 2].map((k) => SYLLABLES[randomBelow(SYLLABLES.length, seed, n, 1_000 + k)] ?? '').join('').toUpperCase() + (randomBelow(100, seed, n, 1_003) < 30 ? 'S' : '');
  return words.join(' ');
}
