/**
 * What a list's token says, as bytes: whom the list was for, what was asked, by which version it was answered, what it showed.
 *
 * In and out: `ListToken`. `format ‖ madeAt ‖ numbers ‖ person ‖ hashes ‖ texts`; numbers are LEB128 (7 bits a byte, the lowest first).
 * 1. Reading gives back what was written, bit for bit; anything else than one whole token of a known format is undefined.
 * 2. Items stand as 32-bit hashes of their ids: ids are long, and row numbers change with a promotion. One of 400 items has the hash of
 *    one of 500 hidden ones in one list of 20,000; that item is then passed over on later pages, and nothing else happens.
 * 3. At most MAX_BYTES. What doesn't fit is left out, and `whole` says so: such a list can be explained, but not gone on from.
 */
import { Buffer } from 'node:buffer';
import { parseUserRef, type UserRef } from '@freshet/shared/domain/event';
import type { Rung } from '../rank/input.js';
import type { UnsentEvent } from '../rank/working-history.js';
import { createReader, createWriter } from './bytes.js';

/** How a list was made. New ones go to the end: their places stand in tokens. */
export const METHODS = ['rank', 'similar', 'trending', 'together', 'search'] as const;
export type ListMethod = (typeof METHODS)[number];
/** Where it is shown. As above. */
export const CONTEXTS = ['home', 'product', 'cart', 'search', 'email'] as const;
export type ListContext = (typeof CONTEXTS)[number];
const RUNGS: readonly Rung[] = ['personal', 'session', 'similar', 'trending', 'newest', 'together'];

/** The part of a wish that is text, kept as JSON; beside what was asked for that the list is loose. */
export interface WishTexts {
  readonly item_id?: string;
  readonly session?: readonly UnsentEvent[];
  readonly segments?: readonly string[];
  readonly explore?: number;
  readonly category?: string;
  readonly window?: string;
  /** As `Filter.key` has it. */
  readonly filter?: string;
  /** Nothing was what rules demand when the list began: all its pages are without it. */
  readonly loose?: boolean;
}

export interface ListToken {
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly method: ListMethod;
  readonly context: ListContext | undefined;
  readonly rung: Rung;
  readonly limit: number;
  readonly modelVersion: number;
  readonly learnedUntil: number;
  readonly historySeq: number;
  /** Of everything random in this list and its pages. */
  readonly seed: number;
  /** Whose history it was made from; nobody's for a stranger. */
  readonly person: UserRef | undefined;
  /** Whether it was asked for with a `user_id`. */
  readonly ofUser: boolean;
  readonly excludeSeen: boolean;
  readonly anyAvailability: boolean;
  readonly diversity: number;
  readonly rotation: number;
  /** Hashes of the ids that the caller didn't want. */
  readonly excluded: readonly number[];
  /** Hashes of the ids shown: on the pages before, then on this one, in its order. */
  readonly shown: readonly number[];
  /** How many of `shown` are this page's. */
  readonly own: number;
  readonly texts: WishTexts;
  /** False when not all of it had room. */
  readonly whole: boolean;
}

export const TOKEN_FORMAT = 1;
/** 4,000 characters sealed, with its prefix less than an event's `recommendation_id` may have (4,096). */
export const MAX_BYTES = 2_960;
const FLAGS = { whole: 1, ofUser: 2, person: 4, excludeSeen: 8, anyAvailability: 16, diversity: 32, rotation: 64, texts: 128 } as const;

export function encodeToken(token: ListToken): Buffer {
  const bytes = write(token);
  return bytes.length <= MAX_BYTES ? bytes : write({ ...token, whole: false, excluded: [], shown: token.shown.slice(-token.own), texts: {} });
}

function write(token: ListToken): Buffer {
  const texts = Object.keys(token.texts).length === 0 ? '' : JSON.stringify(token.texts);
  const out = createWriter();
  out.byte(TOKEN_FORMAT);
  out.byte(flagsOf(token, texts));
  out.number(token.madeAt);
  out.byte(METHODS.indexOf(token.method));
  out.byte(token.context === undefined ? 0 : 1 + CONTEXTS.indexOf(token.context));
  out.byte(RUNGS.indexOf(token.rung));
  for (const number of [token.limit, token.modelVersion, token.learnedUntil, token.historySeq]) out.number(number);
  out.word(token.seed);
  if (token.person !== undefined) out.hex(token.person);
  if (token.diversity !== 0) out.double(token.diversity);
  if (token.rotation !== 0) out.double(token.rotation);
  out.words(token.excluded);
  out.words(token.shown);
  out.number(token.own);
  if (texts !== '') out.text(texts);
  return out.bytes();
}

function flagsOf(token: ListToken, texts: string): number {
  const flag = (name: keyof typeof FLAGS, isSet: boolean): number => (isSet ? FLAGS[name] : 0);
  const asked = flag('excludeSeen', token.excludeSeen) | flag('anyAvailability', token.anyAvailability) | flag('diversity', token.diversity !== 0) | flag('rotation', token.rotation !== 0);
  return asked | flag('whole', token.whole) | flag('ofUser', token.ofUser) | flag('person', token.person !== undefined) | flag('texts', texts !== '');
}

/** For bytes that are known to be this site's; a format of a later release is undefined too. */
export function decodeToken(bytes: Buffer): ListToken | undefined {
  const read = createReader(bytes);
  if (read.byte() !== TOKEN_FORMAT) return undefined;
  const flags = read.byte();
  const has = (name: keyof typeof FLAGS): boolean => (flags & FLAGS[name]) !== 0;
  const madeAt = read.number();
  const method = METHODS[read.byte()];
  const place = read.byte();
  const context = place === 0 ? undefined : CONTEXTS[place - 1];
  const rung = RUNGS[read.byte()];
  const [limit, modelVersion, learnedUntil, historySeq] = [read.number(), read.number(), read.number(), read.number()];
  const seed = read.word();
  const person = has('person') ? parseUserRef(read.hex()) : undefined;
  const diversity = has('diversity') ? read.double() : 0;
  const rotation = has('rotation') ? read.double() : 0;
  const [excluded, shown, own] = [read.words(), read.words(), read.number()];
  const texts = has('texts') ? parseTexts(read.text()) : {};
  if (!read.isAtEnd() || method === undefined || rung === undefined || texts === undefined) return undefined;
  return {
    madeAt, method, context, rung, limit, modelVersion, learnedUntil, historySeq, seed, person, diversity, rotation, excluded, shown, own, texts,
    whole: has('whole'), ofUser: has('ofUser'), excludeSeen: has('excludeSeen'), anyAvailability: has('anyAvailability'),
  };
}

function parseTexts(json: string | undefined): WishTexts | undefined {
  return json === undefined ? undefined : (JSON.parse(json) as WishTexts);
}
