/**
 * One HTTP/1.1 keep-alive connection, one request at a time. In: a request's bytes. Out: status and body.
 *
 * Much cheaper than node:http (some 10 µs a request), so that the generator takes little of the cores it measures.
 * 1. An answer that doesn't come within the time limit, or a broken connection, rejects; the next request connects anew.
 * 2. Only answers with Content-Length are read: what Freshet sends. Anything else rejects.
 */
import { connect as connectSocket, type Socket } from 'node:net';
import { FreshetError } from '@freshet/shared/errors';

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

export interface Connection {
  /** The caller waits for the answer before it sends again. */
  send(request: Buffer): Promise<Answer>;
  close(): void;
}

const ANSWER_LIMIT_MS = 10_000;
const HEADER_END = Buffer.from('\r\n\r\n');

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export function openConnection(target: Target, limitMs = ANSWER_LIMIT_MS): Connection {
  let socket: Socket | undefined;
  let pending: Pending | undefined;
  let received: Buffer = Buffer.alloc(0);

  const settle = (outcome: Answer | Error): void => {
    const waiting = pending;
    pending = undefined;
    if (outcome instanceof Error) waiting?.reject(outcome);
    else waiting?.resolve(outcome);
  };
  const drop = (error: Error): void => {
    socket?.destroy();
    socket = undefined;
    received = Buffer.alloc(0);
    settle(error);
  };
  const open = (): Socket => {
    const opened = connectSocket({ ...target, noDelay: true });
    // A connection that was dropped says goodbye later: only the present one counts.
    const ifPresent = (act: () => void) => (): void => {
      if (socket === opened) act();
    };
    opened.setTimeout(limitMs, ifPresent(() => pending !== undefined && drop(broken(`no answer within ${limitMs} ms`))));
    opened.on('error', (error) => ifPresent(() => drop(broken(error.message)))());
    opened.on('close', ifPresent(() => drop(broken('the server closed the connection'))));
    opened.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const taken = takeAnswer(received);
      if (taken instanceof Error) return drop(taken);
      if (taken === undefined) return;
      received = received.subarray(taken.length);
      settle(taken.answer);
    });
    return opened;
  };

  return {
    send(request) {
      if (pending !== undefined) return Promise.reject(new FreshetError('connection_busy', 'this connection has a request in flight'));
      return new Promise((resolve, reject) => {
        pending = { resolve, reject };
        socket ??= open();
        socket.write(request);
      });
    },
    close: () => drop(broken('closed')),
  };
}

function broken(message: string): FreshetError {
  return new FreshetError('load_connection', message, { retryable: true });
}

/** The first whole answer in `bytes`; undefined while it is incomplete. */
export function takeAnswer(bytes: Buffer): { readonly answer: Answer; readonly length: number } | undefined | Error {
  const end = bytes.indexOf(HEADER_END);
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const size = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (!head.startsWith('HTTP/1.1 ') || size === undefined) return broken('the answer has no Content-Length');
  const start = end + HEADER_END.length;
  const length = start + Number(size);
  if (bytes.length < length) return undefined;
  return { answer: { status: Number(head.slice(9, 12)), body: bytes.subarray(start, length) }, length };
}
