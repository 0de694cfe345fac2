/**
 * Announcements between processes: LISTEN and NOTIFY on one connection of its own.
 *
 * 1. A channel's newest number goes out at most every 5 ms: a committing NOTIFY holds a lock of the whole database.
 * 2. A lost connection is made again by itself, for ever, with pauses that grow to 5 s; then every listener is called once with
 *    the last number it could have heard, so that it looks for itself.
 * 3. A connection that is dead without saying so is found within 20 s.
 * Held meanwhile: one number for each channel.
 */
import type { Client } from 'pg';
import { toError, UnavailableError } from '../../errors.js';
import type { Announcer, Channel } from '../../ports/announcer.js';
import type { Clock } from '../../ports/clock.js';
import { connectClient, type ConnectionOptions } from './pool.js';

export interface AnnouncerOptions extends Omit<ConnectionOptions, 'statementTimeoutMs'> {
  readonly clock: Clock;
}

const CHANNELS: readonly Channel[] = ['log', 'delta', 'snapshot', 'label'];
const PREFIX = 'freshet_';
const PAUSE_MS = 5;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 5_000;
const HEARTBEAT_MS = 10_000;
const ANSWER_MS = 5_000;

/** Resolves once it listens; rejects when Postgres can't be reached now. */
export async function postgresAnnouncer(options: AnnouncerOptions): Promise<Announcer> {
  const listeners = createListeners(options.onError);
  const closing = new AbortController();
  const outbox = createOutbox(options.clock, closing.signal);
  const connect = (): Promise<Session> => openSession(options, listeners.deliver);
  const first = await connect();
  const running = keepConnected({ first, connect, outbox, listeners, options, signal: closing.signal });
  return {
    announce: outbox.put,
    listen: listeners.add,
    close: async () => {
      closing.abort();
      outbox.session?.close();
      await running;
      listeners.clear();
    },
  };
}

interface Connected {
  readonly first: Session;
  readonly connect: () => Promise<Session>;
  readonly outbox: Outbox;
  readonly listeners: Listeners;
  readonly options: AnnouncerOptions;
  readonly signal: AbortSignal;
}

async function keepConnected({ first, connect, outbox, listeners, options, signal }: Connected): Promise<void> {
  for (let session: Session | undefined = first; session !== undefined; ) {
    outbox.use(session);
    await session.ended;
    outbox.use(undefined);
    if (signal.aborted) return;
    options.onError(new UnavailableError('announcer_cut_off', 'the connection for announcements was lost: connecting again'));
    session = await reconnect(connect, options.clock, signal);
    if (session !== undefined) listeners.repeat();
  }
}

/** Undefined when the announcer was closed meanwhile. */
async function reconnect(connect: () => Promise<Session>, clock: Clock, signal: AbortSignal): Promise<Session | undefined> {
  for (let pauseMs = FIRST_RETRY_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, LONGEST_RETRY_MS)) {
    await clock.sleep(pauseMs, signal);
    try {
      const session = await connect();
      if (!signal.aborted) return session;
      session.close();
      await session.ended;
    } catch {
      // Not back yet.
    }
  }
  return undefined;
}

interface Listeners {
  add(channel: Channel, listener: (value: number) => void): () => void;
  deliver(channel: Channel, value: number): void;
  repeat(): void;
  clear(): void;
}

function createListeners(onError: (error: Error) => void): Listeners {
  const table = new Map<Channel, Set<(value: number) => void>>();
  const last = new Map<Channel, number>();
  const deliver = (channel: Channel, value: number): void => {
    last.set(channel, value);
    for (const listener of table.get(channel) ?? []) {
      try {
        listener(value);
      } catch (thrown) {
        onError(toError(thrown));
      }
    }
  };
  return {
    add(channel, listener) {
      const set = table.get(channel) ?? new Set();
      table.set(channel, set.add(listener));
      return () => set.delete(listener);
    },
    deliver,
    repeat: () => CHANNELS.forEach((channel) => deliver(channel, last.get(channel) ?? 0)),
    clear: () => table.clear(),
  };
}

interface Outbox {
  readonly session: Session | undefined;
  put(channel: Channel, value: number): void;
  /** Sends what waits; undefined while there is no connection. */
  use(session: Session | undefined): void;
}

function createOutbox(clock: Clock, signal: AbortSignal): Outbox {
  const waiting = new Map<Channel, number>();
  let session: Session | undefined;
  let sending = false;
  const put = (channel: Channel, value: number): void => {
    waiting.set(channel, Math.max(value, waiting.get(channel) ?? 0));
    void send();
  };
  const send = async (): Promise<void> => {
    if (sending) return;
    sending = true;
    while (session !== undefined && waiting.size > 0 && !signal.aborted) {
      const values = new Map(waiting);
      waiting.clear();
      if (await session.send(values)) await clock.sleep(PAUSE_MS, signal);
      else for (const [channel, value] of values) waiting.set(channel, Math.max(value, waiting.get(channel) ?? 0));
    }
    sending = false;
  };
  return {
    get session() {
      return session;
    },
    put,
    use(next) {
      session = next;
      void send();
    },
  };
}

interface Session {
  /** False when the connection is lost, and then it ends. */
  send(values: ReadonlyMap<Channel, number>): Promise<boolean>;
  readonly ended: Promise<void>;
  close(): void;
}

async function openSession(options: AnnouncerOptions, deliver: Listeners['deliver']): Promise<Session> {
  const client = await connectClient({ ...options, onError: () => undefined, statementTimeoutMs: ANSWER_MS });
  const ended = new Promise<void>((resolve) => client.once('end', resolve));
  const close = (): void => void client.end().catch(() => undefined);
  client.on('notification', ({ channel, payload }) => {
    const name = CHANNELS.find((each) => PREFIX + each === channel);
    if (name !== undefined && /^\d{1,15}$/.test(payload ?? '')) deliver(name, Number(payload));
  });
  try {
    // A hint needn't be on the disk.
    await client.query(`set synchronous_commit = off; ${CHANNELS.map((name) => `listen ${PREFIX}${name}`).join('; ')}`);
  } catch (thrown) {
    close();
    throw thrown;
  }
  const heartbeat = setInterval(() => void client.query('select 1').catch(close), HEARTBEAT_MS);
  heartbeat.unref();
  void ended.then(() => clearInterval(heartbeat));
  return { send: (values) => notify(client, values).catch(() => (close(), ended.then(() => false))), ended, close };
}

async function notify(client: Client, values: ReadonlyMap<Channel, number>): Promise<boolean> {
  await client.query({
    name: 'announce',
    text: 'select pg_notify(channel, value) from unnest($1::text[], $2::text[]) as t (channel, value)',
    values: [[...values.keys()].map((channel) => PREFIX + channel), [...values.values()].map(String)],
  });
  return true;
}
