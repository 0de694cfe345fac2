/**
 * Requests that the HTTP parser itself refuses: there is no route and no reply object, only a socket. They are answered with
 * a problem as all others, and the connection is closed.
 *
 * 1. A good request before the broken one on the same connection gets its own answer first: it may have written.
 */
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { HttpProblem, problemBody, PROBLEM_MEDIA_TYPE } from './problem.js';

export interface BrokenRequests {
  /** To be told of each request that was read. */
  read(request: IncomingMessage, response: ServerResponse): void;
  answer(error: Error & { code?: string }, socket: Socket): void;
}

export function createBrokenRequests(): BrokenRequests {
  /** The last request of each connection. */
  const last = new WeakMap<Socket, { readonly request: IncomingMessage; readonly response: ServerResponse }>();
  return {
    read: (request, response) => void last.set(request.socket, { request, response }),
    answer(error, socket) {
      if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
      const before = last.get(socket);
      // One that isn't complete is itself the broken one.
      if (before?.request.complete !== true || before.response.writableEnded) return endWithProblem(error, socket);
      before.response.once('finish', () => endWithProblem(error, socket));
    },
  };
}

function endWithProblem(error: Error & { code?: string }, socket: Socket): void {
  const problem = problemOf(error.code ?? '');
  const id = randomUUID();
  const body = JSON.stringify(problemBody(problem, id));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    'Connection: close',
    `X-Request-Id: ${id}`,
    `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function problemOf(code: string): HttpProblem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HttpProblem(431, 'headers_too_large', 'Request line and headers are larger than 16 KiB.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HttpProblem(408, 'request_timeout', 'The request did not arrive in time.');
    default:
      return new HttpProblem(400, 'malformed_request', 'The request could not be read.');
  }
}

/** `Expect` with anything else than `100-continue`. */
export function answerExpectation(request: IncomingMessage, response: ServerResponse): void {
  const expected = (request.headers.expect ?? '').slice(0, 50);
  const id = randomUUID();
  const body = JSON.stringify(problemBody(new HttpProblem(417, 'expectation_failed', `“${expected}” can’t be expected here.`), id));
  response.writeHead(417, { 'content-type': PROBLEM_MEDIA_TYPE, 'x-request-id': id, connection: 'close' }).end(body);
}
