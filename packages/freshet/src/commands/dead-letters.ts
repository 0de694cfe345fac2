/**
 * `freshet dead-letters list | redrive | delete`: what was refused, and taking it in again. Talks to a running ingest.
 *
 * `redrive` ends with 1 when a letter stays, and says why.
 */
import type { Command } from 'commander';
import { UsageError } from '@freshet/shared/errors';
import { type OutputFlags, withExamples, withOutputOptions, withSettings } from '../cli/options.js';
import type { RestClient } from '../cli/rest.js';
import { formatTable, oneLine } from '../cli/table.js';
import type { CommandTools } from '../cli/tools.js';

interface Letter {
  readonly id: number;
  readonly refused_at: string;
  readonly queue: string;
  readonly source: string;
  readonly code: string;
  readonly pointer: string;
  readonly detail: string;
  readonly payload: string;
  readonly redrivable: boolean;
}

interface Outcome {
  readonly id: number;
  readonly status: string;
  readonly problem?: { readonly code: string; readonly detail: string };
}

interface Redriven {
  readonly redriven: number;
  readonly kept: number;
  readonly results: readonly Outcome[];
  readonly sequence?: number;
  readonly next_cursor?: string;
}

interface FilterFlags extends OutputFlags {
  readonly queue?: string;
  readonly code?: string;
}

const PAGE = 1_000;

export function addDeadLettersCommand(program: Command, tools: CommandTools): void {
  const group = program.command('dead-letters').description('events that were refused and kept, with the reason');
  addList(group, tools);
  addRedrive(group, tools);
  addDelete(group, tools);
}

function withFilter(command: Command): Command {
  return withSettings(command, ['url']).option('--queue <name>', 'only those that this part refused: ingest or trainer').option('--code <code>', 'only those refused for this reason');
}

function addList(group: Command, tools: CommandTools): void {
  const command = withOutputOptions(withFilter(group.command('list').description('show them, the newest first')));
  command.option('--limit <number>', 'at most so many (default 50)');
  withExamples(command, ['freshet dead-letters list', 'freshet dead-letters list --code unknown_type --limit 500 --json']);
  command.action(async ({ queue, code, limit = '50', json }: FilterFlags & { readonly limit?: string }) => {
    const rest = tools.rest(tools.settings(command));
    const letters = await readLetters(rest, { queue, code, most: wholeNumber('--limit', limit) });
    tools.report({ dead_letters: letters }, { json, describe: describeLetters });
  });
}

interface Wanted {
  readonly queue: string | undefined;
  readonly code: string | undefined;
  readonly most: number;
}

async function readLetters(rest: RestClient, { queue, code, most }: Wanted): Promise<readonly Letter[]> {
  const letters: Letter[] = [];
  for (let cursor: string | undefined; ; ) {
    const limit = Math.min(PAGE, most - letters.length);
    const page = await rest.get<{ dead_letters: readonly Letter[]; next_cursor?: string }>('/v1/dead-letters', { query: { queue, code, limit, cursor } });
    letters.push(...page.dead_letters);
    cursor = page.next_cursor;
    if (cursor === undefined || letters.length >= most) return letters;
  }
}

const SHOWN_DETAIL = 70;
const SHOWN_PAYLOAD = 80;

function describeLetters({ dead_letters }: { readonly dead_letters: readonly Letter[] }): string {
  if (dead_letters.length === 0) return 'no dead letters';
  const rows = dead_letters.map(({ id, refused_at, queue, source, code, pointer, detail, payload, redrivable }) => [
    String(id), refused_at, queue, oneLine(source, 20), `${code}${pointer === '' ? '' : ` ${oneLine(pointer, 30)}`}`, oneLine(detail, SHOWN_DETAIL), redrivable ? oneLine(payload, SHOWN_PAYLOAD) : `(cut) ${oneLine(payload, SHOWN_PAYLOAD)}`,
  ]);
  return formatTable(['id', 'refused', 'by', 'from', 'why', 'detail', 'event'], rows);
}

interface Summary {
  readonly redriven: number;
  readonly kept: number;
  readonly not_found: number;
  /** Of those that stay: how many for each reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The first hundred of those that stay. */
  readonly letters_kept: readonly Outcome[];
  readonly sequence?: number;
}

function addRedrive(group: Command, tools: CommandTools): void {
  const command = withOutputOptions(withFilter(group.command('redrive').description('take them in again, by today’s rules; each is gone once its event is in the log')));
  command.argument('[id...]', 'which letters; or say which by --queue, --code or --all').option('--all', 'every letter there is');
  withExamples(command, ['freshet dead-letters redrive 17 18', 'freshet dead-letters redrive --code unknown_type', 'freshet dead-letters redrive --all --json']);
  command.action(async (ids: readonly string[], { json, ...flags }: FilterFlags & { readonly all?: boolean }) => {
    const pages = requestsOf(ids, flags);
    const rest = tools.rest(tools.settings(command));
    const results: Redriven[] = [];
    for (const page of pages) await redriveAll(rest, page, results);
    const summary = summarise(results);
    tools.report(summary, { json, describe: describeSummary });
    if (summary.kept + summary.not_found > 0) tools.fail();
  });
}

/** One body for each thousand ids, or one that names letters by what they are. */
function requestsOf(ids: readonly string[], { queue, code, all }: { readonly queue?: string; readonly code?: string; readonly all?: boolean }): readonly object[] {
  const filtered = queue !== undefined || code !== undefined || all === true;
  if (ids.length > 0 && filtered) throw new UsageError('letters', 'name letters by their ids, or by --queue, --code or --all: not both');
  if (ids.length === 0 && !filtered) throw new UsageError('letters', 'say which letters: ids, --queue, --code or --all');
  const filter = { ...(queue === undefined ? {} : { queue }), ...(code === undefined ? {} : { code }) };
  if (filtered) return [{ ...filter, ...(all === true ? { all } : {}), limit: PAGE }];
  const numbers = ids.map((id) => wholeNumber('a dead letter’s id', id));
  return Array.from({ length: Math.ceil(numbers.length / PAGE) }, (_, n) => ({ ids: numbers.slice(n * PAGE, (n + 1) * PAGE) }));
}

/** Repeating a call has no second effect, so it may be tried again. */
const RETRY_MS = 30_000;

async function redriveAll(rest: RestClient, body: object, results: Redriven[]): Promise<void> {
  for (let cursor: string | undefined; ; ) {
    const page = await rest.post<Redriven>('/v1/dead-letters:redrive', { ...body, ...(cursor === undefined ? {} : { cursor }) }, { retryMs: RETRY_MS });
    results.push(page);
    cursor = page.next_cursor;
    if (cursor === undefined) return;
  }
}

const LETTERS_SHOWN = 100;

function summarise(results: readonly Redriven[]): Summary {
  const sum = (of: (result: Redriven) => number): number => results.reduce((total, result) => total + of(result), 0);
  const staying = results.flatMap((result) => result.results.filter(({ status }) => status !== 'accepted' && status !== 'duplicate'));
  const kept = staying.filter(({ status }) => status !== 'not_found');
  const reasons: Record<string, number> = {};
  for (const { status, problem } of kept) reasons[problem?.code ?? status] = (reasons[problem?.code ?? status] ?? 0) + 1;
  const sequence = Math.max(0, ...results.map((result) => result.sequence ?? 0));
  return {
    redriven: sum((result) => result.redriven),
    kept: sum((result) => result.kept),
    not_found: staying.length - kept.length,
    reasons,
    letters_kept: kept.slice(0, LETTERS_SHOWN),
    ...(sequence === 0 ? {} : { sequence }),
  };
}

function describeSummary({ redriven, kept, not_found, reasons, letters_kept }: Summary): string {
  const lines = [`${redriven} taken in again, ${kept} stay${not_found === 0 ? '' : `, ${not_found} not found`}`];
  for (const [reason, count] of Object.entries(reasons)) {
    const example = letters_kept.find(({ status, problem }) => (problem?.code ?? status) === reason);
    lines.push(`  ${count} × ${reason}${example === undefined ? '' : `, such as ${example.id}: ${example.problem?.detail ?? ''}`}`);
  }
  return lines.join('\n');
}

function addDelete(group: Command, tools: CommandTools): void {
  const command = withOutputOptions(withSettings(group.command('delete').description('throw some away'), ['url'])).argument('<id...>', 'which letters');
  withExamples(command, ['freshet dead-letters delete 17']);
  command.action(async (ids: readonly string[], { json }: OutputFlags) => {
    const numbers = ids.map((id) => wholeNumber('a dead letter’s id', id));
    const rest = tools.rest(tools.settings(command));
    for (const id of numbers) await rest.delete(`/v1/dead-letters/${id}`);
    tools.report({ deleted: numbers }, { json, describe: ({ deleted }) => `deleted: ${deleted.join(', ')}` });
  });
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && Number.isSafeInteger(value)) return value;
  throw new UsageError('option_value', `${name} is a whole number from 1, not “${text}”`);
}
