/**
 * `freshet events tail`: the log's events as they came. Talks to a running serving process.
 *
 * 1. Without `--follow` it prints the newest and ends; with it, it goes on until Ctrl-C (exit code 0) or until nobody reads.
 * 2. With `--json` one document; when following, one JSON object a line (NDJSON).
 * 3. Following outlives restarts of Freshet up to a minute: the cursor says where it stood.
 */
import type { Command } from 'commander';
import { UsageError } from '@freshet/shared/errors';
import { type OutputFlags, withExamples, withOutputOptions, withSettings } from '../cli/options.js';
import type { RestClient } from '../cli/rest.js';
import { formatTable, oneLine } from '../cli/table.js';
import type { CommandTools } from '../cli/tools.js';

interface TailedEvent {
  readonly sequence: number;
  readonly received_at: string;
  readonly type: string;
  readonly user_ref: string;
  readonly item_id?: string;
  readonly source: string;
  readonly [field: string]: unknown;
}

interface Page {
  readonly events: readonly TailedEvent[];
  readonly cursor: string;
  readonly missed?: boolean;
}

interface Flags extends OutputFlags {
  readonly follow?: boolean;
  readonly limit: string;
  readonly type?: string;
  readonly item?: string;
}

const MAX_LIMIT = 1_000;
const WAIT_SECONDS = 10;
const RETRY_MS = 60_000;

export function addEventsCommand(program: Command, tools: CommandTools): void {
  const group = program.command('events').description('the events of the log');
  const command = withSettings(group.command('tail').description('show the newest events, and go on with --follow'), ['url']);
  command
    .option('--follow', 'go on with those that come, until Ctrl-C')
    .option('--limit <number>', `how many to begin with (0 to ${MAX_LIMIT})`, '20')
    .option('--type <name>', 'only events of this type')
    .option('--item <id>', 'only events with this item');
  withOutputOptions(command);
  withExamples(command, ['freshet events tail', 'freshet events tail --follow --type purchase', 'freshet events tail --follow --limit 0 --json | jq .item_id']);
  command.action(async (flags: Flags) => {
    const asked: Asked = { limit: limitOf(flags.limit), type: flags.type, item_id: flags.item };
    const rest = tools.rest(tools.settings(command));
    if (flags.follow !== true) {
      const page = await rest.get<Page>('/v1/events', { query: { ...asked } });
      return tools.report(page, { json: flags.json, describe: ({ events }) => (events.length === 0 ? noneOf(asked) : formatTable(HEAD, events.map(rowOf))) });
    }
    await follow(rest, asked, { tools, json: flags.json === true });
  });
}

interface Asked {
  readonly limit: number;
  readonly type: string | undefined;
  readonly item_id: string | undefined;
}

/** A filter looks at a part of the log only. */
function noneOf({ type, item_id: item }: Asked): string {
  return type === undefined && item === undefined ? 'no events' : 'no such events among the newest';
}

interface Output {
  readonly tools: CommandTools;
  readonly json: boolean;
}

async function follow(rest: RestClient, asked: Asked, { tools, json }: Output): Promise<void> {
  const signal = AbortSignal.any([tools.stopSignal(), tools.outputClosed]);
  const print = (event: TailedEvent): void => tools.print(json ? JSON.stringify(event) : lineOf(event));
  try {
    let page = await rest.get<Page>('/v1/events', { query: { ...asked }, signal });
    if (!json) tools.say('following; stop with Ctrl-C');
    while (!signal.aborted) {
      page.events.forEach(print);
      if (page.missed === true) tools.say('some events are left out: the log no longer holds them');
      page = await rest.get<Page>('/v1/events', { query: { ...asked, limit: MAX_LIMIT, cursor: page.cursor, wait: WAIT_SECONDS }, signal, retryMs: RETRY_MS });
    }
  } catch (thrown) {
    // Ctrl-C, or a reader that has gone: nothing has failed.
    if (!signal.aborted) throw thrown;
  }
}

const HEAD = ['received', 'sequence', 'type', 'shopper', 'item', 'from', 'more'];
const COMMON: ReadonlySet<string> = new Set(['sequence', 'id', 'type', 'user_ref', 'item_id', 'timestamp', 'received_at', 'source', 'historical']);
const SHOWN_ITEM = 40;
const SHOWN_MORE = 80;

function rowOf(event: TailedEvent): readonly string[] {
  const more = Object.entries(event).flatMap(([name, value]) => (COMMON.has(name) ? [] : [`${name}=${String(value)}`]));
  return [event.received_at, String(event.sequence), event.type, event.user_ref, oneLine(event.item_id ?? '–', SHOWN_ITEM), event.source, oneLine(more.join(' '), SHOWN_MORE)];
}

/** Lines that come one by one can't know how wide the next one is: columns of usual widths. */
const WIDTHS = [24, 8, 10, 16, 20, 8];

function lineOf(event: TailedEvent): string {
  return rowOf(event).map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0)).join('  ').trimEnd();
}

function limitOf(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= MAX_LIMIT) return value;
  throw new UsageError('option_value', `--limit takes a whole number from 0 to ${MAX_LIMIT}, not “${text}”`);
}
