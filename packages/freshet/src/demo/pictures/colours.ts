/** The colours of each collection, and the patterns that a style asks for: what makes two things look right together. */
import type { Paint } from './brush.js';

interface Palette {
  readonly ground: string;
  /** A softer shape behind the thing. */
  readonly backdrop: string;
  readonly colours: readonly [main: string, shade: string];
  readonly others: readonly [other: string, shade: string];
  readonly light: string;
  readonly accent: string;
  readonly ink: string;
}

/** In the order of COLLECTIONS: Coast, Forest, Harvest, Night Sky, Meadow, Studio, Winter, Terrazzo. */
export const PALETTES: readonly Palette[] = [
  { ground: '#dcebf0', backdrop: '#c3dde7', colours: ['#2f7d99', '#205c73'], others: ['#eadfca', '#cdbb9a'], light: '#fbf7ee', accent: '#e79a59', ink: '#1d3b47' },
  { ground: '#e0eadd', backdrop: '#c9dcc6', colours: ['#3f7a58', '#2a5a40'], others: ['#d9c9a3', '#b59f70'], light: '#f7f3e4', accent: '#cf8a45', ink: '#21382b' },
  { ground: '#f7e8d5', backdrop: '#efd5b4', colours: ['#cf7434', '#a45623'], others: ['#8b9650', '#697338'], light: '#fdf6e8', accent: '#b23a2e', ink: '#4a2c18' },
  { ground: '#dbdef1', backdrop: '#c3c8e6', colours: ['#3d4687', '#2a3163'], others: ['#8d86c9', '#6c64ad'], light: '#f4f2fc', accent: '#f0c052', ink: '#1f2347' },
  { ground: '#eef3da', backdrop: '#dce6b9', colours: ['#86a845', '#66852f'], others: ['#e7a0ae', '#cd7d8e'], light: '#fcfaee', accent: '#e57f5f', ink: '#3b4820' },
  { ground: '#eae7e2', backdrop: '#d9d4cc', colours: ['#6d6861', '#4d4943'], others: ['#d9d0c3', '#b9ad9c'], light: '#faf8f5', accent: '#d8613f', ink: '#33302c' },
  { ground: '#e3edf4', backdrop: '#cbdeea', colours: ['#7fa6c2', '#5b839f'], others: ['#d3e0ea', '#a5bccd'], light: '#ffffff', accent: '#b8434f', ink: '#2c4356' },
  { ground: '#f5e7e4', backdrop: '#ebd0ca', colours: ['#d4867b', '#b0645a'], others: ['#4c9992', '#35746e'], light: '#fdf7f4', accent: '#e3b04b', ink: '#4f2f2b' },
];

export type Pattern = 'plain' | 'stripes' | 'dots' | 'speckles' | 'checks' | 'ribs';

/** Styles that one can see; all else is plain or gets a pattern by chance. */
const PATTERN_OF: Readonly<Record<string, Pattern>> = {
  Speckled: 'speckles', Stoneware: 'speckles', 'Hand-Thrown': 'speckles', Concrete: 'speckles', Striped: 'stripes', Checked: 'checks', Quilted: 'checks',
  Dotted: 'dots', Waffle: 'checks', Ribbed: 'ribs', Corduroy: 'ribs', Fluted: 'ribs', Pleated: 'ribs', Knitted: 'ribs', Woven: 'checks', Rattan: 'checks',
  Tufted: 'dots', Turkish: 'stripes', Linen: 'ribs', 'Block-Print': 'dots', Embroidered: 'dots', Looped: 'dots',
};

export function patternOf(style: string, chance: number): Pattern {
  return PATTERN_OF[style] ?? (chance < 0.12 ? 'stripes' : chance < 0.2 ? 'dots' : 'plain');
}

/** Styles that say what it is made of. */
const MATERIALS: Readonly<Record<string, readonly [string, string]>> = {
  Copper: ['#c8793f', '#985426'], Brass: ['#d2a84c', '#a27d2c'], 'Cast-Iron': ['#43484d', '#292d31'], Iron: ['#43484d', '#292d31'], Steel: ['#b9c3c9', '#8b979e'], 'Tri-Ply': ['#b9c3c9', '#8b979e'],
  'Carbon-Steel': ['#5d666d', '#3d454b'], Zinc: ['#a9b4b8', '#7d898e'], Terracotta: ['#c9693f', '#99492a'], Porcelain: ['#f5f2ec', '#d3ccbf'], Celadon: ['#a8c7b4', '#7ba38b'],
  Oak: ['#c99d66', '#9d7343'], Rattan: ['#d5ab6c', '#a67d44'], Leather: ['#a7693b', '#7a4826'], Cork: ['#c99f6e', '#a37a4b'], Beeswax: ['#e5b65c', '#bd8c36'], Concrete: ['#b5b2ac', '#8d8a84'],
};

export interface Looks {
  readonly style: string;
  readonly pattern: Pattern;
  /** The other of the two colours is the thing's own. */
  readonly swapped: boolean;
}

export function paintOf(palette: Palette, { style, pattern, swapped }: Looks): Paint {
  const [flat, shade] = MATERIALS[style] ?? (swapped ? palette.others : palette.colours);
  const accent = palette.accent;
  return { body: pattern === 'plain' ? flat : 'url(#p)', flat, shade, light: palette.light, accent, ink: palette.ink };
}

/** The pattern's definition, to be filled with as `url(#p)`. */
export function definePattern(pattern: Pattern, { flat, shade, light }: Paint): string {
  const marks: Readonly<Record<Pattern, string>> = {
    plain: '',
    stripes: `<path d="M0 3h16" stroke="${light}" stroke-width="5"/>`,
    dots: `<circle cx="4" cy="4" r="2.1" fill="${light}"/><circle cx="12" cy="12" r="2.1" fill="${light}"/>`,
    speckles: `<g fill="${shade}"><circle cx="2" cy="5" r="1"/><circle cx="9" cy="2" r=".8"/><circle cx="13" cy="9" r="1.2"/><circle cx="6" cy="12" r=".9"/></g>`,
    checks: `<path d="M4 0v16M0 4h16" stroke="${shade}" stroke-width="3" opacity=".7"/><path d="M12 0v16M0 12h16" stroke="${light}" stroke-width="1"/>`,
    ribs: `<path d="M2 0v16M10 0v16" stroke="${shade}" stroke-width="2" opacity=".6"/>`,
  };
  if (pattern === 'plain') return '';
  return `<defs><pattern id="p" width="16" height="16" patternUnits="userSpaceOnUse"><rect width="16" height="16" fill="${flat}"/>${marks[pattern]}</pattern></defs>`;
}
