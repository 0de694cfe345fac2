/** What the examples share: where Freshet is, and calls that say what went wrong. */
export const url = (process.env['FRESHET_URL'] ?? 'http://127.0.0.1:8080').replace(/\/$/, '');

/** Sends and reads JSON; a problem's own sentence becomes the error. `body` may be text, sent as NDJSON. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(url + path, { method, ...payload(body) }).catch((cause: unknown) => {
    throw new Error(`nothing answers at ${url}: start Freshet with npm start, or set FRESHET_URL`, { cause });
  });
  const document = (await answer.json()) as T & { readonly title?: string; readonly detail?: string };
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${document.detail ?? document.title ?? ''}`);
  return document;
}

function payload(body: unknown): RequestInit {
  if (body === undefined) return {};
  if (typeof body === 'string') return { headers: { 'content-type': 'application/x-ndjson' }, body };
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export function show(what: string, value: unknown): void {
  process.stdout.write(`${what}: ${typeof value === 'string' ? value : JSON.stringify(value, undefined, 2)}\n`);
}

/** A name nobody has had before, so that an example can be run again and again. */
export function fresh(name: string): string {
  return `${name}-${Date.now().toString(36)}`;
}
