/** The options of `freshet import`: the texts of the command line, checked once, with their defaults. */
import { didYouMean } from '@freshet/shared/domain/nearest-name';
import { UsageError } from '@freshet/shared/errors';
import { STANDARD_INPUT } from '../files/bytes.js';
import { type DateOrder, parseZone } from '../files/time.js';

/** As the command line has them. */
export interface ImportFlags {
  readonly columns?: string;
  readonly preset?: string;
  readonly type?: string;
  readonly kind?: string;
  readonly items?: string;
  readonly dateOrder?: string;
  readonly timeZone?: string;
  readonly state?: string;
  readonly restart?: boolean;
  readonly rejects?: string;
  readonly strict?: boolean;
  readonly dryRun?: boolean;
  readonly inFlight?: string;
}

export interface ImportOptions {
  /** In the order in which they are sent: a catalogue first. */
  readonly files: readonly { readonly path: string; readonly kind: 'events' | 'items' }[];
  readonly columns?: string | undefined;
  readonly preset?: string | undefined;
  readonly type?: string | undefined;
  readonly dateOrder?: DateOrder | undefined;
  readonly timeZone?: string | undefined;
  /** The state file of the only file; default: one for each file. */
  readonly state?: string | undefined;
  readonly restart: boolean;
  readonly rejects?: string | undefined;
  readonly strict: boolean;
  readonly dryRun: boolean;
  readonly inFlight: number;
}

/** Enough that the server never waits for us; batches that overtake each other do so by two at most. */
const DEFAULT_IN_FLIGHT = 3;
const MOST_IN_FLIGHT = 16;

export function resolveImportOptions(paths: readonly string[], flags: ImportFlags): ImportOptions {
  const { columns, preset, type, items, timeZone, state, rejects } = flags;
  const kind = oneOf('--kind', flags.kind ?? 'events', ['events', 'items'] as const);
  const files = [...(items === undefined ? [] : [{ path: items, kind: 'items' as const }]), ...paths.map((path) => ({ path, kind }))];
  if (kind === 'items' && items !== undefined) throw new UsageError('option_clash', '--items names a catalogue beside events; with --kind items name all catalogues as files.');
  if (kind === 'items' && (columns ?? preset ?? type) !== undefined) throw new UsageError('option_clash', '--columns, --preset and --type are for events; the columns of a catalogue are recognised by name.');
  if (files.filter(({ path }) => path === STANDARD_INPUT).length > 1) throw new UsageError('option_clash', 'Standard input (-) can be read once.');
  if (timeZone !== undefined) parseZone(timeZone);
  return {
    files, columns, preset, type, timeZone, state, rejects,
    dateOrder: flags.dateOrder === undefined ? undefined : oneOf('--date-order', flags.dateOrder, ['dmy', 'mdy'] as const),
    restart: flags.restart ?? false,
    strict: flags.strict ?? false,
    dryRun: flags.dryRun ?? false,
    inFlight: flags.inFlight === undefined ? DEFAULT_IN_FLIGHT : whole('--in-flight', flags.inFlight, MOST_IN_FLIGHT),
  };
}

function oneOf<const V extends string>(option: string, text: string, values: readonly V[]): V {
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw new UsageError('option_value', `${option} takes ${values.join(' or ')}; not "${text}"${didYouMean(text, values)}.`);
}

function whole(option: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new UsageError('option_value', `${option} takes a whole number from 1 to ${most}; not "${text}".`);
}
