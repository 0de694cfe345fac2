/**
 * The bytes of a log entry's payload: UTF-8 JSON, `{"v":1,"events":[…]}` or `{"v":1,"changes":[…]}`.
 *
 * 1. What is decoded equals what was encoded, without the items whose index stands in `skip`.
 * 2. An unknown version or shape is a `CorruptionError`, never a guess.
 * JSON because the log outlives every release, operators can read it, and V8 writes it at 1 µs an event.
 */
import { Buffer } from 'node:buffer';
import { CorruptionError, unreachable } from '../errors.js';
import type { CatalogueChange, EntryBody, EntryKind } from '../domain/entry.js';
import type { LogEvent } from '../domain/event.js';
import type { ProfileChange } from '../domain/profiles.js';
import type { RuleChange } from '../domain/rules.js';
import { checkFormat } from './format-version.js';

const VERSION = 1;

export function encodePayload(body: EntryBody): Buffer {
  switch (body.kind) {
    case 'events':
      return Buffer.from(`{"v":${VERSION},"events":${JSON.stringify(body.events)}}`);
    case 'catalogue':
    case 'rule':
      return Buffer.from(`{"v":${VERSION},"changes":${JSON.stringify(body.changes)}}`);
    case 'user':
      // The reference first: the index log_entry_user (migration 0013) finds it there.
      return Buffer.from(`{"v":${VERSION},"changes":${JSON.stringify(body.changes.map(({ user, segments }) => ({ user, segments })))}}`);
    default:
      return unreachable(body);
  }
}

/** `payload`: the bytes, or the same already as text. */
export function decodePayload(kind: EntryKind, payload: Buffer | string, skip: readonly number[] = []): EntryBody {
  const parsed = parse(typeof payload === 'string' ? payload : payload.toString('utf8'));
  switch (kind) {
    case 'events':
      return { kind, events: without(list(parsed.events) as readonly LogEvent[], skip) };
    case 'catalogue':
      return { kind, changes: without(list(parsed.changes) as readonly CatalogueChange[], skip) };
    case 'rule':
      return { kind, changes: without(list(parsed.changes) as readonly RuleChange[], skip) };
    case 'user':
      return { kind, changes: without(list(parsed.changes) as readonly ProfileChange[], skip) };
    default:
      return unreachable(kind);
  }
}

interface Stored {
  readonly v?: unknown;
  readonly events?: unknown;
  readonly changes?: unknown;
}

function parse(text: string): Stored {
  let stored: Stored;
  try {
    stored = JSON.parse(text) as Stored;
  } catch (cause) {
    throw new CorruptionError('payload_unreadable', 'a log entry’s payload is not JSON', { cause });
  }
  checkFormat('a log entry’s payload', stored.v, { known: VERSION, code: 'payload_version' });
  return stored;
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new CorruptionError('payload_shape', 'a log entry’s payload lacks its list of items');
}

function without<T>(items: readonly T[], skip: readonly number[]): readonly T[] {
  if (skip.length === 0) return items;
  const skipped = new Set(skip);
  return items.filter((_, index) => !skipped.has(index));
}
