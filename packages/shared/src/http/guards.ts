/**
 * What is checked about a request before its body is read. Pure: header values in, a problem or nothing out.
 *
 * 1. Host: an address, a loopback name or a configured name. A page of a stranger that rebinds its own name to us
 *    (DNS rebinding) sends its own name, and gets 421.
 * 2. Origin on writes: a browser page from elsewhere can send simple requests without asking; it gets 403.
 * 3. Content-Type on writes with a body: only what the route reads; 415 otherwise. No encodings.
 */
import { isIP } from 'node:net';
import { HttpProblem } from './problem.js';

export interface HostPolicy {
  /** Lower-case names; `*` allows every name (behind a proxy that checks). */
  readonly names: ReadonlySet<string>;
}

export function hostPolicy(names: readonly string[]): HostPolicy {
  return { names: new Set(names.map((name) => name.toLowerCase())) };
}

export function checkHost(policy: HostPolicy, header: string | undefined): HttpProblem | undefined {
  const name = hostName(header ?? '');
  if (name !== undefined && (isOurs(name) || policy.names.has(name) || policy.names.has('*'))) return undefined;
  return new HttpProblem(421, 'host_not_allowed', `This server does not answer for the host "${(header ?? '').slice(0, 100)}"; add it to the allowed hosts if it should.`);
}

/** An address can't be rebound to another one, so only names need a list. */
function isOurs(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0;
}

/** `name`, `name:port` or `[v6]:port` → the lower-case name; undefined when malformed. */
function hostName(header: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]]+))(?::\d{1,5})?$/i.exec(header);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

export interface OriginPolicy {
  /** Origins such as `https://shop.example` that may write from a browser. */
  readonly origins: ReadonlySet<string>;
}

export function checkOrigin(policy: OriginPolicy, origin: string | undefined, host: string | undefined): HttpProblem | undefined {
  if (origin === undefined || policy.origins.has(origin)) return undefined;
  const separator = origin.indexOf('://');
  if (separator > 0 && origin.slice(separator + 3) === host) return undefined;
  return new HttpProblem(403, 'origin_not_allowed', `Pages of ${origin.slice(0, 100)} may not write here.`);
}

export interface ContentHeaders {
  readonly 'content-type'?: string | undefined;
  readonly 'content-encoding'?: string | undefined;
  readonly 'content-length'?: string | undefined;
  readonly 'transfer-encoding'?: string | undefined;
}

/** `accepted` is empty for a route without a body. */
export function checkContent(accepted: readonly string[], headers: ContentHeaders): HttpProblem | undefined {
  const hasBody = (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') return unsupported(`Content-Encoding ${encoding.slice(0, 50)} is not read here; send the body as it is.`);
  const type = headers['content-type'];
  if (type === undefined && !hasBody && accepted.length === 0) return undefined;
  if (accepted.length === 0) return type === undefined || isJson(type) ? undefined : unsupported('This call has no body.');
  if (type !== undefined && accepted.includes(mediaType(type))) return undefined;
  return unsupported(`Content-Type must be ${accepted.join(' or ')}.`);
}

export function mediaType(header: string): string {
  const end = header.indexOf(';');
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}

function isJson(type: string): boolean {
  return mediaType(type) === 'application/json';
}

function unsupported(detail: string): HttpProblem {
  return new HttpProblem(415, 'media_type_not_supported', detail);
}
