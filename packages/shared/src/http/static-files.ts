/**
 * Files served as they are: a page with its modules, styles and icons.
 *
 * In: files, read once by whoever composes the process, or made when one is first asked for. Out: routes that answer from memory.
 * 1. A name is looked up in a table made at start: no request reaches the file system.
 * 2. Every answer has a media type, an entity tag and a policy under which a page loads nothing from elsewhere and runs no
 *    inline script. Nothing is made before it is asked for. (Text is compressed as every answer is: fastify-app.ts.)
 * Kept small on purpose: no ranges, no folders below the prefix.
 */
import { Type } from 'typebox';
import { entityTagOf, hasTag } from './entity-tag.js';
import { HttpProblem } from './problem.js';
import type { HttpReply, HttpRequest, RouteRegistrar } from './route.js';

export interface StaticFile {
  /** Without a slash; its ending decides the media type. */
  readonly name: string;
  /** Or what makes them, called at most once. */
  readonly bytes: Buffer | (() => Buffer);
}

export interface StaticFiles {
  /** Where the files are, such as `/console`. */
  readonly prefix: string;
  readonly files: readonly StaticFile[];
  /** The file that is also answered at `/`. */
  readonly index?: string;
  /** How long a browser need not ask again; default 0, it asks each time whether the file has changed. */
  readonly maxAgeSeconds?: number;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
};

const POLICY = ["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join('; ');

/** Of every page and file: nothing from elsewhere, no inline script. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

interface Prepared {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

export function registerStaticFiles(http: RouteRegistrar, { prefix, files, index, maxAgeSeconds = 0 }: StaticFiles): void {
  const table = new Map(files.map((file) => [file.name, once(() => prepare(file, maxAgeSeconds))]));
  const first = index === undefined ? undefined : table.get(index);
  http.route({
    method: 'GET',
    path: `${prefix}/{file}`,
    operationId: `getFileOf${prefix.replaceAll(/\W/g, '_')}`,
    summary: 'A file of the page',
    hidden: true,
    params: Type.Object({ file: Type.String() }),
    responses: {},
    handler: ({ params, headers }) => {
      const found = table.get(params.file);
      if (found === undefined) throw new HttpProblem(404, 'route_not_found', `There is no file ${params.file.slice(0, 100)} here.`);
      return reply(found(), headers);
    },
  });
  if (first === undefined) return;
  http.route({
    method: 'GET',
    path: '/',
    operationId: `getIndexOf${prefix.replaceAll(/\W/g, '_')}`,
    summary: 'The page',
    hidden: true,
    responses: {},
    handler: ({ headers }) => reply(first(), headers),
  });
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function prepare({ name, bytes: given }: StaticFile, maxAgeSeconds: number): Prepared {
  const bytes = typeof given === 'function' ? given() : given;
  const type = MEDIA_TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  return { headers: { ...PAGE_HEADERS, 'content-type': type, ...cached(bytes, maxAgeSeconds) }, bytes };
}

/** Names don't change with their content. */
function cached(bytes: Buffer, maxAgeSeconds: number): Record<string, string> {
  return { etag: entityTagOf(bytes), 'cache-control': maxAgeSeconds === 0 ? 'no-cache' : `max-age=${maxAgeSeconds}` };
}

type RequestHeaders = HttpRequest<never, never, never>['headers'];

function reply({ headers, bytes }: Prepared, sent: RequestHeaders): HttpReply {
  return hasTag(sent['if-none-match'], headers['etag'] ?? '') ? { status: 304, headers } : { headers, body: bytes };
}
