/**
 * The OpenAPI document as this package uses it, and each route's example put into it.
 *
 * In: the document that the framework has collected from the schemas, the routes. Out: the document with examples of
 * parameters and bodies, and a curl command for each call. A test runs every one of them.
 */
import { acceptedMediaTypes, type Route, type RouteExample } from './route.js';

type Scalar = string | number | boolean;

export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly Scalar[];
  readonly const?: Scalar;
  readonly default?: Scalar;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
  readonly example?: unknown;
}

interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: Readonly<Record<string, Media>> }>>;
  readonly 'x-codeSamples'?: readonly { readonly lang: string; readonly source: string }[];
}

export interface OpenApi {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Where the examples call. */
const EXAMPLE_BASE = 'http://127.0.0.1:8080';

export function withExamples(document: OpenApi, routes: readonly Route[]): OpenApi {
  const find = (path: string, method: string): Route | undefined => routes.find((route) => route.path === path && route.method === method.toUpperCase());
  const paths = Object.entries(document.paths).map(([path, methods]) => {
    const operations = Object.entries(methods).map(([method, operation]) => [method, withExample(operation, find(path, method))] as const);
    return [path, Object.fromEntries(operations)] as const;
  });
  return { ...document, paths: Object.fromEntries(paths) };
}

function withExample(operation: Operation, route: Route | undefined): Operation {
  const example = route?.example;
  if (route === undefined || example === undefined) return operation;
  const values: Readonly<Record<string, unknown>> = { ...example.params, ...example.query };
  const parameters = operation.parameters?.map((parameter) => (Object.hasOwn(values, parameter.name) ? { ...parameter, example: values[parameter.name] } : parameter));
  const content = Object.entries(operation.requestBody?.content ?? {}).map(([type, media]) => [type, { ...media, example: bodyAs(type, example.body) }] as const);
  return {
    ...operation,
    ...(parameters === undefined ? {} : { parameters }),
    ...(content.length === 0 || example.body === undefined ? {} : { requestBody: { ...operation.requestBody, content: Object.fromEntries(content) } }),
    'x-codeSamples': [{ lang: 'Shell', source: curl(route, example) }],
  };
}

function bodyAs(mediaType: string, body: unknown): unknown {
  if (!/ndjson|jsonl/.test(mediaType)) return body;
  return (Array.isArray(body) ? body : [body]).map((value: unknown) => `${JSON.stringify(value)}\n`).join('');
}

/** The path with the example's values in it, such as `/v1/items/mug-1?limit=5`. */
function examplePath(path: string, { params = {}, query = {} }: RouteExample): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name] ?? '')));
  const pairs = Object.entries(query).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`;
}

function curl(route: Route, example: RouteExample): string {
  const method = route.method === 'GET' || (route.method === 'POST' && example.body !== undefined) ? '' : `-X ${route.method} `;
  const url = `${EXAMPLE_BASE}${examplePath(route.path, example)}`;
  const [type] = acceptedMediaTypes(route);
  if (example.body === undefined || type === undefined) return `curl -s ${method}'${url}'`;
  return `curl -s ${method}'${url}' \\\n  -H 'content-type: ${type}' \\\n  -d '${JSON.stringify(example.body).replaceAll("'", String.raw`'\''`)}'`;
}
