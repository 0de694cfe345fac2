/**
 * What is checked about a request before its body is read. Pure: header values in, a problem or nothing out.
 *
 * 1. Host: an address, a loopback name or a configured name. A page of a stranger that rebinds its own name to us
 *    (DNS rebinding) sends its own name, and gets 421.
 * 2. Origin on writes: a browser page from elsewhere can send simple requests without asking; it gets 403 (cors.ts has
 *    what browsers ask for themselves).
 * 3. Content-Type on writes with a body: only what the route reads, in UTF-8; 415 otherwise. Content-Encoding likewise.
 */
import { isIP } from 'node:net';
import { ENCODINGS, isReadable } from './inflate.js';
import { HttpProblem } from './problem.js';

export interface HostPolicy {
  /** Lower-case names; `*` allows every name (behind a proxy that checks). */
  readonly names: ReadonlySet<string>;
}

export function hostPolicy(names: readonly string[]): HostPolicy {
  return { names: new Set(names.map((name) => name.toLowerCase())) };
}

export function checkHost(policy: HostPolicy, header: string | undefined): HttpProblem | undefined {
  if (header === undefined) return new HttpProblem(400, 'host_missing', 'The request has no Host header.');
  const name = hostName(header);
  if (name !== undefined && (isOurs(name) || policy.names.has(name) || policy.names.has('*'))) return undefined;
  return new HttpProblem(421, 'host_not_allowed', `This server does not answer for the host "${header.slice(0, 100)}"; add it to the allowed hosts if it should.`);
}

/** A URL that names a host itself (as proxies are asked) overrules the header. */
export function hostOf(url: string, header: string | undefined): string | undefined {
  return url.startsWith('/') ? header : (/^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1] ?? header);
}

/** Two of them: a proxy may have checked the one and we the other. `rawHeaders`: names and values in turn. */
export function checkSingleHost(rawHeaders: readonly string[]): HttpProblem | undefined {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') hosts++;
  return hosts > 1 ? new HttpProblem(400, 'malformed_request', 'The request has more than one Host header.') : undefined;
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
  /** Origins such as `https://shop.example` that may read and write from a browser. */
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
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && !isReadable(encoding)) {
    return new HttpProblem(415, 'encoding_not_supported', `Content-Encoding ${encoding.slice(0, 50)} is not read here; ${ENCODINGS} are.`, { headers: { 'accept-encoding': ENCODINGS } });
  }
  const type = headers['content-type'];
  if (type === undefined && !hasBody && accepted.length === 0) return undefined;
  if (accepted.length === 0) return type === undefined || isJson(type) ? undefined : unsupported('This call has no body.');
  if (type === undefined || !accepted.includes(mediaType(type))) return unsupported(`Content-Type must be ${accepted.join(' or ')}.`);
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(type)?.[1] ?? 'utf-8';
  return /^(?:utf-?8|us-ascii)$/i.test(charset) ? undefined : unsupported(`Text in ${charset.slice(0, 50)} is not read here; send UTF-8.`);
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
