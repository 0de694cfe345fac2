/**
 * What progress looks like: numbers in, one line out. Pure.
 *
 * On a terminal: `learning  ███████░░░░░░░░░  42 %  220,000 of 525,461  31,200/s  10 s left`;
 * elsewhere:     `learning: 220,000 of 525,461 (42 %), 31,200/s, 10 s left`.
 */
export interface ProgressFigures {
  readonly what: string;
  readonly done: number;
  /** Undefined while nobody knows. */
  readonly total?: number | undefined;
  /** A second; undefined before there is one. */
  readonly rate?: number | undefined;
}

const BAR_CELLS = 24;
const LEAST_BAR_CELLS = 8;

export function plainLine(figures: ProgressFigures): string {
  const { what, done, total } = figures;
  const share = shareOf(figures);
  const amount = total === undefined ? count(done) : `${count(done)} of ${count(total)} (${percent(share ?? 0)})`;
  return `${what}: ${[amount, ...speed(figures)].join(', ')}`;
}

/** At most `columns` wide: first the bar gets shorter, then the end is cut. */
export function barLine(figures: ProgressFigures, columns: number): string {
  const { what, done, total } = figures;
  const share = shareOf(figures);
  if (share === undefined || total === undefined) return cut([what, count(done), ...speed(figures)].join('  '), columns);
  const words = [percent(share).padStart(5), `${count(done)} of ${count(total)}`, ...speed(figures)].join('  ');
  const room = columns - what.length - words.length - 4;
  const cells = Math.min(BAR_CELLS, Math.max(LEAST_BAR_CELLS, room));
  return cut(`${what}  ${bar(share, cells)}  ${words}`, columns);
}

/** `1,234,567` */
export function count(n: number): string {
  return n.toLocaleString('en-GB', { maximumFractionDigits: 0 });
}

/** `45 s`, `3 min 20 s`, `2 h 5 min` */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${count(Math.floor(whole / 3_600))} h ${Math.floor((whole % 3_600) / 60)} min`;
}

function speed({ done, total, rate }: ProgressFigures): string[] {
  if (rate === undefined || rate <= 0) return [];
  const shown = `${rate < 10 ? rate.toFixed(1) : count(rate)}/s`;
  return total === undefined || done >= total ? [shown] : [shown, `${duration((total - done) / rate)} left`];
}

function shareOf({ done, total }: ProgressFigures): number | undefined {
  if (total === undefined) return undefined;
  return total <= 0 ? 1 : Math.min(1, Math.max(0, done / total));
}

/** 100 % only when all is done. */
function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

function bar(share: number, cells: number): string {
  const full = Math.floor(share * cells);
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)}`;
}

function cut(line: string, columns: number): string {
  return line.length <= columns ? line : line.slice(0, Math.max(0, columns));
}
