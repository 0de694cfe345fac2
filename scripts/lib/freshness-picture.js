/**
 * The value of freshness as a picture: for each set the hit ratio by how often the model is published, as a share of what it is when the model
 * learns and ranks at once. Bars, so that a share reads as a length.
 *
 * In: figures of `freshet replay --publish-every`. Out: one SVG for light and dark pages, without a font or script of its own.
 */

/**
 * @typedef {{ readonly every: string, readonly hr: number, readonly ndcg: number }} Point one run's figures
 * @typedef {{ readonly name: string, readonly points: readonly Point[] }} Series of one set, the freshest first
 */

const WIDTH = 960;
const LEFT = 20;
const PANEL = { width: 288, gap: 28, top: 92, rows: 30 };
const BAR = { left: 46, width: 176, height: 18 };

const STYLE = `.card{fill:#fbfcfd;stroke:#d5dee4}.bar{fill:#2f6f8f}.stale{fill:#b3731a}.rail{fill:#e6edf1}.name{fill:#17303d;font-weight:600}.note{fill:#43545e;font-size:13px}
@media (prefers-color-scheme:dark){.card{fill:#11191e;stroke:#2b3a43}.bar{fill:#6fb1cf}.stale{fill:#e0a950}.rail{fill:#1e2a31}.name{fill:#eef4f7}.note{fill:#b9c7cf}}`;

/**
 * @param {readonly Series[]} sets
 * @returns {string}
 */
export function freshnessPicture(sets) {
  const height = PANEL.top + Math.max(...sets.map(({ points }) => points.length)) * PANEL.rows + 24;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${describe(sets)}" font-family="system-ui,sans-serif" font-size="15">`,
    `<style>\n${STYLE}\n</style>`,
    `<rect class="card" x=".5" y=".5" width="${WIDTH - 1}" height="${height - 1}" rx="10"/>`,
    text({ kind: 'name', x: LEFT, y: 32 }, 'HR@10 by how often the model is published'),
    text({ kind: 'note', x: LEFT, y: 52 }, 'the shopper’s own history is live in all of them; the share is of what the model reaches that learns and ranks at once'),
    ...sets.flatMap((set, i) => panel(set, LEFT + i * (PANEL.width + PANEL.gap))),
    '</svg>',
    '',
  ].join('\n');
}

/**
 * @param {Series} set
 * @param {number} x
 */
function panel({ name, points }, x) {
  const best = points[0]?.hr ?? 0;
  return [
    text({ kind: 'name', x, y: PANEL.top - 10 }, name),
    ...points.flatMap(({ every, hr }, row) => {
      const y = PANEL.top + row * PANEL.rows;
      const share = best === 0 ? 0 : hr / best;
      const bar = { x: x + BAR.left, y: y + 4, height: BAR.height };
      return [
        text({ kind: 'note', x, y: y + 18 }, every),
        rect('rail', { ...bar, width: BAR.width }),
        rect(row === 0 ? 'bar' : 'stale', { ...bar, width: Math.round(BAR.width * Math.min(1, share) * 10) / 10 }),
        text({ kind: 'note', x: x + BAR.left + BAR.width + 8, y: y + 18 }, `${figure(hr)} ${Math.round(100 * share)} %`),
      ];
    }),
  ];
}

/** @param {readonly Series[]} sets */
function describe(sets) {
  const parts = sets.map(({ name, points }) => `${name}: ${points.map(({ every, hr }) => `${every} ${figure(hr)}`).join(', ')}`);
  return escape(`HR@10 by how often the model is published. ${parts.join('; ')}`);
}

/**
 * The same as a table in Markdown: HR@10 / NDCG@10.
 * @param {readonly Series[]} sets
 * @returns {string}
 */
export function freshnessTable(sets) {
  const intervals = sets[0]?.points.map(({ every }) => every) ?? [];
  const rows = sets.map(({ name, points }) => `| ${name} | ${points.map(({ hr, ndcg }) => `${figure(hr)} / ${figure(ndcg)}`).join(' | ')} |`);
  return [`| set | ${intervals.join(' | ')} |`, `| --- |${' --- |'.repeat(intervals.length)}`, ...rows, ''].join('\n');
}

/** Four digits without the leading 0. @param {number} value */
function figure(value) {
  return value.toFixed(4).replace(/^0/, '');
}

/**
 * @param {{ readonly kind: string, readonly x: number, readonly y: number }} at
 * @param {string} words
 */
function text({ kind, x, y }, words) {
  return `<text class="${kind}" x="${x}" y="${y}">${escape(words)}</text>`;
}

/**
 * @param {string} kind
 * @param {{ readonly x: number, readonly y: number, readonly width: number, readonly height: number }} box
 */
function rect(kind, { x, y, width, height }) {
  return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="3"/>`;
}

/** @param {string} words */
function escape(words) {
  return words.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
