/**
 * Bytes of a history, an item document, a context's rules and a shopper's profile in the checkpoint tables. Compact JSON arrays with a version in front:
 * they are read rarely, written in bulk, and must stay readable to the next release.
 * Unknown versions throw a `CorruptionError`. The event types at the ends of tuples came with 0.2: 0.1 reads past them.
 */
import { Buffer } from 'node:buffer';
import type { ItemDocument } from '../domain/kept-documents.js';
import { parseUserRef } from '../domain/event.js';
import type { History, HistoryEvent, Mark } from '../domain/history.js';
import type { Profile } from '../domain/profiles.js';
import type { RuleSet } from '../domain/rules.js';
import { checkFormat } from './format-version.js';

const HISTORY_VERSION = 1;
const DOCUMENT_VERSION = 1;
const RULES_VERSION = 1;
const PROFILE_VERSION = 1;

type EventTuple = [item: string, ts: number, seq: number, index: number, group: number, type?: string];
type MarkTuple = [item: string, ts: number, seq: number, index: number, refused: 0 | 1, type?: string];

export function encodeHistory(history: History): Buffer {
  const events = history.events.map((e): EventTuple => [e.item, e.ts, e.seq, e.index, e.group, ...typeOf(e)]);
  const seen = [...history.seen].map(([item, m]): MarkTuple => [item, m.ts, m.seq, m.index, m.refused ? 1 : 0, ...typeOf(m)]);
  return Buffer.from(JSON.stringify([HISTORY_VERSION, history.joined ?? null, events, seen]));
}

export function decodeHistory(bytes: Buffer): History {
  const [version, joined, events, seen] = JSON.parse(bytes.toString('utf8')) as [number, string | null, EventTuple[], MarkTuple[]];
  checkFormat('a shopper’s stored history', version, { known: HISTORY_VERSION, code: 'history_format' });
  const ref = joined === null ? undefined : parseUserRef(joined);
  return {
    events: events.map(([item, ts, seq, index, group, type]): HistoryEvent => ({ item, ts, seq, index, group, type })),
    refusals: seen.filter((mark) => mark[4] === 1).length,
    seen: new Map(seen.map(([item, ...mark]): [string, Mark] => [item, decodeMark(mark)])),
    ...(ref === undefined ? {} : { joined: ref }),
  };
}

function typeOf({ type }: { readonly type?: string | undefined }): [] | [string] {
  return type === undefined ? [] : [type];
}

function decodeMark([ts, seq, index, refused, type]: MarkTuple extends [string, ...infer Rest] ? Rest : never): Mark {
  return refused === 1 ? { ts, seq, index, refused: true, type } : { ts, seq, index, refused: false };
}

export function encodeDocument(document: ItemDocument): Buffer {
  return Buffer.from(JSON.stringify([DOCUMENT_VERSION, document]));
}

export function decodeDocument(bytes: Buffer): ItemDocument {
  const [version, document] = JSON.parse(bytes.toString('utf8')) as [number, ItemDocument];
  checkFormat('an item’s stored document', version, { known: DOCUMENT_VERSION, code: 'document_format' });
  return document;
}

/** Where in the log a stored document was changed last: its end says it, so the rest needn't be decoded. */
export function documentPlace(bytes: Buffer): Pick<ItemDocument, 'seq' | 'index'> {
  const end = /"seq":(\d+),"index":(\d+)\}\]$/.exec(bytes.toString('latin1', Math.max(0, bytes.length - 64)));
  return end === null ? decodeDocument(bytes) : { seq: Number(end[1]), index: Number(end[2]) };
}

export function encodeRules(set: RuleSet): Buffer {
  return Buffer.from(JSON.stringify([RULES_VERSION, set]));
}

export function decodeRules(bytes: Buffer): RuleSet {
  const [version, set] = JSON.parse(bytes.toString('utf8')) as [number, RuleSet];
  checkFormat('a context’s stored rules', version, { known: RULES_VERSION, code: 'rules_format' });
  return set;
}

export function encodeProfile(profile: Profile): Buffer {
  return Buffer.from(JSON.stringify([PROFILE_VERSION, profile]));
}

export function decodeProfile(bytes: Buffer): Profile {
  const [version, profile] = JSON.parse(bytes.toString('utf8')) as [number, Profile];
  checkFormat('a shopper’s stored profile', version, { known: PROFILE_VERSION, code: 'profile_format' });
  return profile;
}
