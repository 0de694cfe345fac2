/** The page's icons, 24 × 24 lines in the text's colour; never read out. */
import { svg } from './dom.js';

const PATHS = {
  view: 'M2 12s3.5-7 10-7 10 7 10 7-3.5 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  cart: 'M3 4h2l2.4 11h10l2-8H6.2M9 20.5a.5.5 0 1 0 0-1 .5.5 0 0 0 0 1zM16.5 20.5a.5.5 0 1 0 0-1 .5.5 0 0 0 0 1z',
  dislike: 'M7 4v10M7 14l5 7a2 2 0 0 0 2-2v-4h5a2 2 0 0 0 2-2.3l-1.2-6.5A2 2 0 0 0 17.8 4H7M3 4h4v10H3z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
  moon: 'M20.5 14.5A8.5 8.5 0 0 1 9.5 3.5a8.5 8.5 0 1 0 11 11z',
  why: 'M4 19V9M10 19V5M16 19v-7M22 19H2',
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGSVGElement {
  return svg('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' }, svg('path', { d: PATHS[name] }));
}
