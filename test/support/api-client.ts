/**
 * A shop that talks REST with a Freshet, and remembers what it was told is accepted: the ledger check's first column.
 */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** As POST /v1/events takes it. */
export interface ShopEvent {
  readonly id: string;
  readonly type: string;
  readonly user_id: string;
  readonly item_id: string;
  readonly timestamp?: number;
}

export interface ListAnswer {
  readonly items: readonly { readonly id: string; readonly score: number }[];
  readonly model_version: number;
  readonly learned_until: number;
  readonly history_seq: number;
  readonly pinned?: boolean;
  readonly fallback: string;
}

export interface Latest {
  readonly version: number;
  readonly learned_until: number;
  readonly history_seq: number;
  readonly items: number;
  readonly refused?: { readonly version: number; readonly reason: string };
  readonly pinned?: { readonly reason: string; readonly newest_version: number };
}

export interface Trace {
  readonly state: string;
  readonly sequence: number;
  readonly received: { readonly at?: string };
  readonly queued?: { readonly at?: string };
  readonly trained?: { readonly at?: string; readonly version?: number };
  readonly served?: { readonly at?: string; readonly version?: number };
}

export interface Shop {
  readonly url: string;
  get(path: string): Promise<Reply>;
  post(path: string, body: unknown): Promise<Reply>;
  /** Sends events; resolves with the sequence that has them all. Throws when they are not accepted. */
  send(events: readonly ShopEvent[]): Promise<number>;
  describe(items: readonly object[]): Promise<number>;
  recommend(user: string, query?: Readonly<Record<string, string | number | boolean>>): Promise<ListAnswer>;
  latest(query?: { readonly after_sequence?: number }): Promise<Latest>;
  trace(id: string): Promise<Trace | undefined>;
  /** A metric's value with these labels, summed over the others; 0 when it has none. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
}

const DEADLINE_MS = 15_000;

/** `acknowledged` collects the ids of events that were answered with 202. */
export function openShop(url: string, acknowledged: Set<string> = new Set()): Shop {
  const get = (path: string): Promise<Reply> => call(url + path, {});
  const post = async (path: string, body: unknown): Promise<Reply> => {
    const reply = await call(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (path.startsWith('/v1/events') && reply.status === 202) for (const id of acceptedIds(reply)) acknowledged.add(id);
    return reply;
  };
  const read = async <T>(path: string): Promise<T> => wanted(await get(path), 200).body as T;
  const write = async (path: string, body: readonly object[]): Promise<number> => {
    const reply = wanted(await post(path, body), 202);
    if (reply.body['rejected'] !== 0) throw new Error(`rejected: ${JSON.stringify(reply.body)}`);
    return Number(reply.body['sequence']);
  };
  return {
    url,
    get,
    post,
    send: (events) => write('/v1/events', events),
    describe: (items) => write('/v1/items:batch', items),
    recommend: (user, query = {}) => read(`/v1/users/${encodeURIComponent(user)}/recommendations?${parameters(query)}`),
    latest: (query = {}) => read(`/v1/models/latest?${parameters(query)}`),
    async trace(id) {
      const reply = await get(`/v1/events/${encodeURIComponent(id)}`);
      return reply.status === 404 ? undefined : (wanted(reply, 200).body as unknown as Trace);
    },
    async metric(name, labels = {}) {
      const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(DEADLINE_MS) });
      return sumOf(await response.text(), name, labels);
    },
  };
}

export function idsOf(list: ListAnswer): readonly string[] {
  return list.items.map((item) => item.id);
}

async function call(url: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(DEADLINE_MS) });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
}

function acceptedIds(reply: Reply): string[] {
  const items = reply.body['items'] as readonly { readonly id?: string; readonly status: string }[];
  return items.flatMap(({ id, status }) => (id !== undefined && (status === 'accepted' || status === 'duplicate') ? [id] : []));
}

function wanted(reply: Reply, status: number): Reply {
  if (reply.status === status) return reply;
  throw new Error(`${status} was expected: ${reply.status} ${JSON.stringify(reply.body)}`);
}

function parameters(query: Readonly<Record<string, string | number | boolean | undefined>>): string {
  return new URLSearchParams(Object.entries(query).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]))).toString();
}

function sumOf(scrape: string, name: string, labels: Readonly<Record<string, string>>): number {
  const rows = scrape.split('\n').filter((row) => {
    if (!row.startsWith(`${name}{`) && !row.startsWith(`${name} `)) return false;
    return Object.entries(labels).every(([label, value]) => row.includes(`${label}="${value}"`));
  });
  return rows.reduce((sum, row) => sum + Number(row.slice(row.lastIndexOf(' ') + 1)), 0);
}
