/**
 * Where an import of a file begins: anew, or where an earlier run has come to.
 *
 * 1. A file that has changed under its name is refused; one that has only grown goes on, its old rows keep their ids.
 * 2. A file that is read in another way than it was begun is refused.
 */
import { UsageError } from '@freshet/shared/errors';
import { type Account, EMPTY_ACCOUNT } from './account.js';
import { type Fingerprint, fingerprintOf, isSame, keyOf, type Plan, describePlan } from './fingerprint.js';
import { BEGINNING, type Position } from './position.js';
import { type ImportState, readState } from './state.js';

export interface Start {
  readonly fingerprint: Fingerprint;
  readonly key: string;
  readonly position: Position;
  readonly account: Account;
  /** The state that it goes on from. */
  readonly earlier: ImportState | undefined;
  /** There is nothing left to do. */
  readonly complete: boolean;
}

export interface StartOptions {
  readonly path: string;
  readonly plan: Plan;
  /** Undefined: no state is kept. */
  readonly statePath: string | undefined;
  readonly restart: boolean;
}

export async function findStart({ path, plan, statePath, restart }: StartOptions): Promise<Start> {
  const fingerprint = await wholeFile(path);
  const found = statePath === undefined || restart ? undefined : readState(statePath);
  // Of what sent nothing, nothing can be doubled.
  const earlier = found !== undefined && found.account.accepted + found.account.duplicates > 0 ? found : undefined;
  if (earlier === undefined) return { fingerprint, key: keyOf(fingerprint, plan), position: BEGINNING, account: EMPTY_ACCOUNT, earlier, complete: false };
  if (earlier.plan !== describePlan(plan)) {
    throw new UsageError('import_changed', `${path} was begun as “${earlier.plan}”, this is “${describePlan(plan)}”; give the same options, or --restart to import it anew.`);
  }
  const begun = { fingerprint, key: earlier.key, earlier };
  if (isSame(earlier.fingerprint, fingerprint)) return { ...begun, position: earlier.position, account: earlier.account, complete: earlier.complete };
  if (!(await hasGrown(path, earlier))) throw new UsageError('import_changed', changed(path, earlier, fingerprint));
  return { ...begun, ...withoutHalfLine(earlier), complete: false };
}

/** A last line that was cut off has its other half by now: it is read again. */
function withoutHalfLine({ position, account }: ImportState): Pick<Start, 'position' | 'account'> {
  const half = account.reasons.find(({ code, rows }) => code === 'half_written' && rows.includes(position.line));
  if (half === undefined) return { position, account };
  const reasons = account.reasons.filter((reason) => reason !== half);
  return { position: { line: position.line - 1, part: Number.MAX_SAFE_INTEGER }, account: { ...account, rows: account.rows - 1, rejected: account.rejected - 1, reasons } };
}

async function wholeFile(path: string): Promise<Fingerprint> {
  const found = await fingerprintOf(path);
  if (found === undefined) throw new UsageError('file_unreadable', `${path} can't be read.`);
  return found;
}

async function hasGrown(path: string, { fingerprint }: ImportState): Promise<boolean> {
  return isSame(fingerprint, await fingerprintOf(path, fingerprint.bytes));
}

function changed(path: string, earlier: ImportState, now: Fingerprint): string {
  const size = earlier.fingerprint.bytes === now.bytes ? 'the same size, other bytes' : `${earlier.fingerprint.bytes} bytes then, ${now.bytes} now`;
  const sent = earlier.account.accepted;
  return `${path} has changed since its import began at ${earlier.startedAt} (${size}); ${sent} of its rows are accepted already. --restart imports it anew, and those count again.`;
}
