/** Does this Postgres keep what Freshet promises, and is there room for it? Facts in, findings out. Pure. */
import { OLDEST_MAJOR } from '@freshet/shared/adapters/postgres/wait-for-postgres';
import type { ModelFacts, PostgresFacts, SchemaFacts } from '@freshet/shared/adapters/postgres/inspect';
import type { Settings } from '../cli/settings.js';
import { judgeClock } from './clock.js';
import { error, type Finding, ok, warning } from './finding.js';

/** Of ingest, trainer and serving together with their listeners (compose/run.ts), and some to look in with. */
const CONNECTIONS = 30;
const TRAINER_SILENT_MS = 30_000;
const BACKLOG = 10_000;

export interface PostgresContext {
  readonly settings: Pick<Settings, 'dim'>;
  /** A Freshet answers on the address of the settings, so a trainer should be there. */
  readonly running: boolean;
}

export function judgePostgres(facts: PostgresFacts, context: PostgresContext): readonly Finding[] {
  return [
    judgeVersion(facts),
    judgeRole(facts),
    judgeDurability(facts),
    judgeEncoding(facts),
    judgeRights(facts),
    judgeConnections(facts),
    judgeVacuum(facts),
    judgeIsolation(facts),
    judgeClock('postgres_clock', facts.label, withinRoundTrip(facts)),
    judgeSchema(facts.schema),
    ...(facts.model === undefined ? [] : judgeModel(facts.model, context)),
  ];
}

function judgeVersion({ label, version, major }: PostgresFacts): Finding {
  if (major >= OLDEST_MAJOR) return ok('postgres_version', `${label}: version ${version}`);
  return error('postgres_version', `${label} is version ${version}`, `upgrade to ${OLDEST_MAJOR} or newer`);
}

function judgeRole({ standby, settings }: PostgresFacts): Finding {
  if (standby) return error('postgres_role', 'it is a standby, which can’t be written to', 'give the URL of the primary');
  if (settings.get('default_transaction_read_only') === 'on') return error('postgres_role', 'this user’s transactions are read-only', 'set default_transaction_read_only = off for the user or the database');
  return ok('postgres_role', 'it takes writes');
}

/** What a 202 rests on. */
function judgeDurability({ settings }: PostgresFacts): Finding {
  if (settings.get('fsync') === 'off') return error('postgres_durability', 'fsync is off: a crash of its machine can destroy the whole database', 'set fsync = on');
  if (settings.get('full_page_writes') === 'off') return error('postgres_durability', 'full_page_writes is off: a crash of its machine can damage pages', 'set full_page_writes = on (unless the file system never tears a page)');
  const commit = settings.get('synchronous_commit');
  if (commit === 'off') return error('postgres_durability', 'synchronous_commit is off: events answered with 202 can be lost in a crash', 'set synchronous_commit = on');
  return ok('postgres_durability', `commits are on disk before they are answered (synchronous_commit ${commit ?? 'on'})`);
}

function judgeEncoding({ encoding }: PostgresFacts): Finding {
  if (encoding === 'UTF8') return ok('postgres_encoding', 'UTF8');
  return error('postgres_encoding', `the database's encoding is ${encoding}`, `make it anew with "create database … encoding 'UTF8' template template0"`);
}

function judgeRights({ mayCreate }: PostgresFacts): Finding {
  if (mayCreate) return ok('postgres_rights', 'this user may make Freshet’s schemas');
  return error('postgres_rights', 'this user may not make schemas in this database', 'grant create on database … to this user');
}

function judgeConnections({ connectionsLeft, settings }: PostgresFacts): Finding {
  const found = `${connectionsLeft} of ${settings.get('max_connections') ?? '?'} connections are free`;
  if (connectionsLeft >= CONNECTIONS) return ok('postgres_connections', found);
  return warning('postgres_connections', found, `the three services take up to ${CONNECTIONS}: raise max_connections`);
}

function judgeVacuum({ settings }: PostgresFacts): Finding {
  if (settings.get('autovacuum') !== 'off') return ok('postgres_autovacuum', 'autovacuum is on');
  return warning('postgres_autovacuum', 'autovacuum is off: the queue’s tables turn over in seconds and will swell', 'set autovacuum = on');
}

function judgeIsolation({ settings }: PostgresFacts): Finding {
  const isolation = settings.get('default_transaction_isolation') ?? 'read committed';
  if (isolation === 'read committed') return ok('postgres_isolation', isolation);
  return error('postgres_isolation', `transactions are ${isolation} by default: appends at the same time would fail`, 'set default_transaction_isolation = "read committed" for this user or database');
}

/** A slow answer makes the comparison that much less exact. */
function withinRoundTrip({ clockAheadMs, roundTripMs }: PostgresFacts): number {
  const sure = Math.max(0, Math.abs(clockAheadMs) - roundTripMs / 2);
  return Math.sign(clockAheadMs) * sure;
}

function judgeSchema(schema: SchemaFacts): Finding {
  switch (schema.state) {
    case 'current':
      return ok('postgres_schema', 'it is of this release');
    case 'empty':
      return ok('postgres_schema', 'there is none yet: the first start makes it');
    case 'behind':
      return warning('postgres_schema', `it lacks ${schema.missing.join(', ')} of this release`, 'take a backup, then start this release or run freshet migrate');
    case 'refused':
      return error('postgres_schema', schema.reason, 'see docs/UPGRADING.md');
  }
}

function judgeModel({ dim, logged, applied, trainerSilentMs, deadLetters }: ModelFacts, { settings, running }: PostgresContext): readonly Finding[] {
  const findings: Finding[] = [];
  if (dim !== undefined && dim !== settings.dim) findings.push(error('model_dim', `the database holds a model of dimension ${dim}, the settings say ${settings.dim}`, `set dim to ${dim}, or start on an empty database`));
  else findings.push(ok('model_dim', dim === undefined ? 'no model yet' : `the model has dimension ${dim}, as the settings say`));
  const behind = `the model has learned entry ${applied} of ${logged}`;
  if (trainerSilentMs > TRAINER_SILENT_MS && (running || logged - applied > 1)) {
    findings.push(warning('trainer', `no trainer has led for ${Math.round(trainerSilentMs / 1_000)} s; ${behind}`, 'start freshet start or freshet trainer'));
  } else if (logged - applied > BACKLOG) findings.push(warning('trainer', behind, 'the trainer can’t follow: give it more threads or a core of its own'));
  else findings.push(ok('trainer', behind));
  if (deadLetters > 0) findings.push(warning('dead_letters', `${deadLetters} rejected events are kept`, 'freshet dead-letters list says why'));
  else findings.push(ok('dead_letters', 'no rejected events are kept'));
  return findings;
}
