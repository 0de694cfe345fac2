/**
 * One malformed input over REST: what is sent and what must come back. The tables beside this file hold some two hundred of
 * them; ../malformed-rest.test.ts runs them against a real process, and docs/BAD_INPUT.md lists them.
 */

/** As it goes onto the wire; `path` is not normalised. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** Without a Content-Length. */
  readonly chunked?: boolean;
}

export interface Expected {
  readonly status: number;
  /** Of the problem; undefined when there is none. */
  readonly code?: string;
  /** Of the problem's first finding. */
  readonly pointer?: string;
  /** Of a request with events or items: `accepted`, `duplicate`, or `code pointer` of what was rejected. */
  readonly items?: readonly string[];
  /** A header that must be there, in lower case. */
  readonly header?: readonly [name: string, value: string];
}

export interface Row {
  /** What is wrong, for readers. Unique within its group. */
  readonly name: string;
  /** `id` makes ids that no other row and no other round uses. */
  readonly request: (id: (name: string) => string) => Sent;
  readonly expected: Expected;
}

export interface Group {
  readonly title: string;
  /** A sentence about all of them. */
  readonly about: string;
  readonly rows: readonly Row[];
}

export const JSON_HEADERS = { 'content-type': 'application/json' };
export const NDJSON_HEADERS = { 'content-type': 'application/x-ndjson' };

/** What stands beside every bad event, and must be accepted. Always the same shopper and item: the model doesn't grow. */
export function good(id: string): Readonly<Record<string, unknown>> {
  return { id, type: 'view', user_id: 'neighbour', item_id: 'mug' };
}

export function problem(status: number, code: string, pointer?: string): Expected {
  return { status, code, ...(pointer === undefined ? {} : { pointer }) };
}

/** JSON text that `JSON.stringify` would not write; `$id` in it becomes the event's id. */
export class Raw {
  readonly text: string | Buffer;
  constructor(text: string | Buffer) {
    this.text = text;
  }
}

export function encode(value: unknown, id: string): Buffer {
  if (!(value instanceof Raw)) return Buffer.from(JSON.stringify(value));
  return typeof value.text === 'string' ? Buffer.from(value.text.replaceAll('$id', id)) : value.text;
}

export function join(parts: readonly Buffer[], between: string): Buffer {
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from(between), part])));
}

export function nested(levels: number): Raw {
  return new Raw(`{"id":"$id","type":"view","user_id":"u","item_id":"mug","x":${'['.repeat(levels)}${']'.repeat(levels)}}`);
}
