/** `freshet models` for people. */
import type { Label, ModelEvent, ModelList, Rollback, Serving, Version } from './models.js';

export function describeList({ serving, labels, versions, events }: ModelList): string {
  const waiting = labels.filter((label) => label.label === 'stable' && !label.serving).map(({ version, label }) => `The label ${label} names version ${version}, which this process has not loaded yet.`);
  return [
    describeServing(serving),
    ...waiting,
    ...(labels.length === 0 ? [] : ['', ...table(['label', 'version', 'share', 'since', 'here', 'reason'], labels.map(labelRow))]),
    '',
    ...table(['version', 'entries', 'bytes', 'rows', 'committed'], versions.map(versionRow)),
    ...(events.length === 0 ? [] : ['', ...table(['event', 'version', 'at', 'process', 'reason'], events.map(eventRow))]),
  ].join('\n');
}

function describeServing({ version, learned_until, items, pinned, refused }: Serving): string {
  const how = pinned === undefined ? '' : `, pinned since ${shortTime(pinned.set_at)}${pinned.reason === '' ? '' : ` (${pinned.reason})`}; the newest is ${pinned.newest_version}`;
  const held = refused === undefined ? '' : `\nVersion ${refused.version} was refused: ${refused.reason}.`;
  return `Answers come from version ${version}${how}; it has learned up to entry ${learned_until} and knows ${items} items.${held}`;
}

function labelRow({ label, version, share, set_at, serving, compared, reason }: Label): string[] {
  const here = label === 'previous' ? 'kept' : serving ? 'yes' : 'not yet';
  const drift = compared?.score_drift === undefined ? '' : `, score drift ${compared.score_drift.toFixed(2)}`;
  const alike = compared === undefined ? [] : [`of ${compared.lists} lists ${Math.round(100 * compared.overlap)} % are the same${drift}`];
  return [label, String(version), share === undefined ? '' : `${Number((100 * share).toPrecision(3))} %`, shortTime(set_at), here, [...alike, ...(reason === '' ? [] : [reason])].join('; ')];
}

function versionRow({ version, from_seq, to_seq, bytes, rows, committed_at }: Version): string[] {
  const changed = Object.values(rows).reduce((sum, count) => sum + count, 0);
  return [String(version), from_seq === to_seq ? String(to_seq) : `${from_seq}–${to_seq}`, String(bytes), String(changed), shortTime(committed_at)];
}

function eventRow({ kind, version, previous, at, replica, reason }: ModelEvent): string[] {
  return [kind, previous === undefined ? String(version) : `${previous} → ${version}`, shortTime(at), replica ?? '', reason];
}

export function describeVersion(version: Version): string {
  const { rows, received_at, taken_at, trained_at, committed_at, applied_at } = version;
  const times = { received_at, taken_at, trained_at, committed_at, applied_at };
  return [
    `Version ${version.version} has learned the entries ${version.from_seq} to ${version.to_seq} (epoch ${version.epoch}).`,
    `It changed ${Object.entries(rows).map(([name, count]) => `${count} rows of ${name}`).join(', ') || 'nothing'} in ${version.bytes} bytes, checksum ${version.checksum}.`,
    ...Object.entries(times).flatMap(([name, at]) => (at === undefined ? [] : [`${name.replace('_at', '').padEnd(10)} ${at}`])),
  ].join('\n');
}

export function describeRollback({ label, serving, answering }: Rollback): string {
  if (answering) return describeServing(serving);
  const noted = label === undefined ? 'The label is taken away' : `The label ${label.label} names version ${label.version}`;
  return `${noted}, but this process still answers from version ${serving.version}: \`freshet models list\` says why.`;
}

/** To the second. */
function shortTime(time: string | undefined): string {
  return time === undefined ? '' : `${time.slice(0, 19).replace('T', ' ')}Z`;
}

/** Left-aligned columns, as wide as what they hold. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd();
  return [heads, ...rows].map(line);
}
