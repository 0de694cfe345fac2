/** Sends a row as it is written: no path is normalised, no header added that the row doesn't name. */
import { request as openRequest } from 'node:http';
import net from 'node:net';
import type { Sent } from './row.js';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

const DEADLINE_MS = 15_000;
/** How long a server is listened to once it has said what it should: whatever more it says is wrong. */
const AFTER_MS = 100;

export function send(url: string, { method, path, headers = {}, body, chunked = false }: Sent): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const length = body === undefined || chunked ? {} : { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const request = openRequest({ hostname, port, method, path, headers: { ...length, ...headers }, timeout: DEADLINE_MS }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(parts).toString() }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`${method} ${path.slice(0, 60)} was not answered within ${DEADLINE_MS} ms`)));
    request.on('error', reject);
    request.end(body);
  });
}

export interface Exchange {
  readonly bytes: Buffer | string;
  /** As many as are expected: a connection that stays open after them is listened to a little longer, then closed. */
  readonly answers: number;
  readonly leaves: boolean;
}

/** Everything the server says to these bytes. */
export function sendBytes(url: string, { bytes, answers, leaves }: Exchange): Promise<string> {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  let said = '';
  return new Promise((resolve) => {
    socket.setTimeout(DEADLINE_MS, () => socket.destroy());
    socket.on('data', (part) => {
      said += part.toString('latin1');
      if (statusesOf(said).length >= answers) socket.setTimeout(AFTER_MS);
    });
    // A reset after the answer says no more than a close.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(said));
    socket.write(bytes, () => leaves && socket.destroy());
  });
}

export function statusesOf(said: string): number[] {
  return [...said.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
}

/** A connection that sends a little each half second for ever; resolves with how long the server stood it, and its last words. */
export function sendEndlessly(url: string, { first, again }: { readonly first: string; readonly again: string }): Promise<{ readonly ms: number; readonly said: string }> {
  const began = performance.now();
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(first));
  const drip = setInterval(() => socket.writable && socket.write(again), 500);
  let said = '';
  return new Promise((resolve) => {
    socket.on('data', (part) => (said += part.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(drip);
      resolve({ ms: performance.now() - began, said });
    });
  });
}
