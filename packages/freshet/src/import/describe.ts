/** What an import tells to people: counts, a table of why rows were left out, and what to do next. Pure. */
import { count } from '../cli/progress-line.js';
import type { Reason } from './account.js';
import type { FileResult } from './result.js';

const ROWS_SHOWN = 3;
const EXAMPLE_CHARS = 60;
const REASONS_SHOWN = 20;

export function describeImport(results: readonly FileResult[]): string {
  return results.map(describeFile).join('\n\n');
}

function describeFile(result: FileResult): string {
  return [headline(result), ...counts(result), ...table('left out', result.reasons), ...table('worth a look', result.notes), ...advice(result)].join('\n');
}

function headline({ file, rows, seconds, rows_per_second: rate, resumed_from: from, complete, dry_run: dry }: FileResult): string {
  if (complete && rate === 0 && from > 0) return `${file}: all ${count(rows)} rows were imported before; nothing was sent. --restart imports it anew.`;
  const what = dry ? 'checked, nothing was written' : 'imported';
  const resumed = from > 0 ? `, resumed behind line ${count(from)}` : '';
  return `${file}: ${count(rows)} rows ${complete ? what : `${what} so far`}, ${seconds.toFixed(1)} s, ${count(rate)} rows/s${resumed}`;
}

function counts({ accepted, duplicates, rejected, dry_run: dry }: FileResult): string[] {
  return [
    `  ${count(accepted).padStart(12)} ${dry ? 'would be accepted' : 'accepted'}`,
    ...(duplicates === 0 ? [] : [`  ${count(duplicates).padStart(12)} accepted before (duplicates)`]),
    `  ${count(rejected).padStart(12)} left out`,
  ];
}

function table(title: string, reasons: readonly Reason[]): string[] {
  if (reasons.length === 0) return [];
  const shown = reasons.slice(0, REASONS_SHOWN);
  const more = reasons.length > shown.length ? [`  … and ${reasons.length - shown.length} more reasons`] : [];
  return [`${title}:`, ...shown.flatMap(describeReason), ...more];
}

const BY: Readonly<Record<Reason['by'], string>> = { reader: 'not readable', preset: 'a rule of the preset', server: 'refused by the server' };

function describeReason({ code, pointer, by, detail, count: rows, rows: lines, example }: Reason): string[] {
  const at = lines.slice(0, ROWS_SHOWN).map(count).join(', ');
  const place = `line ${at}${rows > ROWS_SHOWN ? ', …' : ''}`;
  return [`  ${count(rows).padStart(12)} ${[code, pointer].filter((part) => part !== '').join(' ')}: ${detail} [${BY[by]}]`, `               ${place}: ${cut(example)}`];
}

/** Control characters would act on the terminal. */
function cut(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
  return plain.length > EXAMPLE_CHARS ? `${plain.slice(0, EXAMPLE_CHARS)}…` : plain;
}

function advice({ complete, failure, state, rejects, rejected, dry_run: dry }: FileResult): string[] {
  const lines: string[] = [];
  if (failure !== undefined && failure.code !== 'stopped') lines.push(`failed: ${failure.detail}`);
  if (!complete && !dry && state !== undefined) lines.push(`To go on from here give the same command again (state: ${state}).`);
  if (!complete && !dry && state === undefined) lines.push('Standard input can’t be resumed; sent again within 24 hours, what is accepted already is recognised.');
  if (rejects !== undefined && rejected > 0) lines.push(`The rows left out are in ${rejects}.`);
  return lines;
}
