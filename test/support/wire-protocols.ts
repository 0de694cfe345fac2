/**
 * Where a message ends, in the protocols that the fault proxy listens to. Each function gets the bytes of one direction
 * that have not been passed on yet.
 *
 * Postgres: a request is all up to a Sync or a simple query; its answer ends with ReadyForQuery, which the server sends after
 * the commit. Redis: a command is an array; each reply is one value. HTTP: head and Content-Length. No TLS anywhere.
 */
export interface Piece {
  /** Bytes of the first whole piece; 0 when it isn't whole yet. */
  readonly length: number;
  /** A request: it will be answered. A piece of an answer: it is the answer's last. */
  readonly counts: boolean;
}

export interface WireProtocol {
  /** `first`: nothing has been sent on this connection yet. */
  request(bytes: Buffer, first: boolean): Piece;
  answer(bytes: Buffer): Piece;
}

const INCOMPLETE: Piece = { length: 0, counts: false };

const typeAt = (bytes: Buffer, at: number): string => String.fromCharCode(bytes[at] ?? 0);

/** Length of the message with a type byte at `at`; 0 when it isn't whole. */
function messageLength(bytes: Buffer, at: number): number {
  if (bytes.length < at + 5) return 0;
  const length = 1 + bytes.readUInt32BE(at + 1);
  return bytes.length < at + length ? 0 : length;
}

/** Sync and Query are answered; Terminate, Flush, copy data and passwords stand alone and are not. */
const ANSWERED = 'SQ';
const ALONE = 'XHdcfp';

const postgres: WireProtocol = {
  request(bytes, first) {
    // The startup message has no type byte.
    if (first) return bytes.length >= 4 && bytes.length >= bytes.readUInt32BE(0) ? { length: bytes.readUInt32BE(0), counts: true } : INCOMPLETE;
    for (let at = 0; ; ) {
      const length = messageLength(bytes, at);
      if (length === 0) return INCOMPLETE;
      const type = typeAt(bytes, at);
      at += length;
      if (ANSWERED.includes(type)) return { length: at, counts: true };
      if (ALONE.includes(type)) return { length: at, counts: false };
    }
  },
  answer(bytes) {
    const length = messageLength(bytes, 0);
    return { length, counts: length > 0 && typeAt(bytes, 0) === 'Z' };
  },
};

const redis: WireProtocol = {
  request: (bytes) => ({ length: respLength(bytes, 0), counts: true }),
  // A push message (`>`) answers nothing.
  answer: (bytes) => ({ length: respLength(bytes, 0), counts: typeAt(bytes, 0) !== '>' }),
};

const BULK = '$=!';
const AGGREGATE: Readonly<Record<string, number>> = { '*': 1, '>': 1, '~': 1, '%': 2 };

/** Length of the value at `at`; 0 when it isn't whole. */
function respLength(bytes: Buffer, at: number): number {
  const line = bytes.indexOf('\r\n', at);
  if (line < 0) return 0;
  const type = typeAt(bytes, at);
  const size = Number(bytes.toString('latin1', at + 1, line));
  let end = line + 2;
  if (BULK.includes(type) && size >= 0) end += size + 2;
  for (let left = size * (AGGREGATE[type] ?? 0); left > 0; left--) {
    const element = respLength(bytes, end);
    if (element === 0) return 0;
    end += element;
  }
  return end > bytes.length ? 0 : end - at;
}

function httpPiece(bytes: Buffer): Piece {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return INCOMPLETE;
  const body = Number(/\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1] ?? 0);
  const length = head + 4 + body;
  return length > bytes.length ? INCOMPLETE : { length, counts: true };
}

const http: WireProtocol = { request: httpPiece, answer: httpPiece };

export const WIRE_PROTOCOLS = { postgres, redis, http } as const;
