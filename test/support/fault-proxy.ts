/**
 * A TCP proxy that stops a connection at a chosen moment of a chosen request, so that a test can kill the process on
 * one side exactly there. The processes know nothing of it.
 *
 * 1. Only whole messages pass, in order. What a rule holds, and all behind it in that direction, stays here until
 *    `release` or `drop`.
 * 2. A rule holds once. Rules are tried in the order in which they were made.
 * 3. When the client is gone, requests held here stay deliverable: a packet that arrives after its sender's death.
 */
import { once } from 'node:events';
import net from 'node:net';
import { WIRE_PROTOCOLS, type WireProtocol } from './wire-protocols.js';

/**
 * `request`: before it reaches the server. `delivered`: the server has it, the answer will not get through.
 * `answered`: the same, and the server has finished it.
 */
export type HoldAt = 'request' | 'delivered' | 'answered';

export interface HoldRule {
  /** All of them occur in the request's bytes. */
  readonly contains: readonly string[];
  readonly at: HoldAt;
}

export interface Held {
  /** The request, as Latin-1. */
  readonly text: string;
  /** What was held goes on its way. */
  release(): void;
  /** Both connections are cut; what was held is lost. */
  drop(): void;
}

export interface FaultProxy {
  readonly port: number;
  /** Resolves when a request has come to where the rule holds it. */
  hold(rule: HoldRule): Promise<Held>;
  close(): Promise<void>;
}

interface Trap extends HoldRule {
  readonly spring: (held: Held) => void;
}

/** `target` as for `net.connect`. */
export async function startFaultProxy(target: net.NetConnectOpts, protocol: keyof typeof WIRE_PROTOCOLS): Promise<FaultProxy> {
  const traps: Trap[] = [];
  const sockets = new Set<net.Socket>();
  const take = (bytes: Buffer): Trap | undefined => {
    const index = traps.findIndex((trap) => trap.contains.every((part) => bytes.includes(part)));
    return index < 0 ? undefined : traps.splice(index, 1)[0];
  };
  const server = net.createServer({ allowHalfOpen: false }, (client) => {
    const upstream = net.connect(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => sockets.delete(socket));
      // The other side learns from the close; why is the test's business.
      socket.on('error', () => undefined);
    }
    connect({ client, upstream, wire: WIRE_PROTOCOLS[protocol], take });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    hold: (rule) => new Promise((spring) => traps.push({ ...rule, spring })),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Ends {
  readonly client: net.Socket;
  readonly upstream: net.Socket;
  readonly wire: WireProtocol;
  readonly take: (request: Buffer) => Trap | undefined;
}

/** A request that is on its way, and the trap it is in. */
interface Asked {
  readonly trap: Trap | undefined;
  readonly request: Buffer;
}

function connect({ client, upstream, wire, take }: Ends): void {
  const asked: Asked[] = [];
  const up = createLane(upstream);
  const down = createLane(client);
  let first = true;

  const sprung = ({ trap, request }: Asked): void =>
    trap?.spring({
      text: request.toString('latin1'),
      release() {
        down.open();
        up.open();
        if (client.destroyed) upstream.end();
      },
      drop() {
        client.destroy();
        upstream.destroy();
      },
    });
  const onRequest = (request: Buffer, counts: boolean): void => {
    first = false;
    const trap = take(request);
    if (trap?.at === 'request') up.shut();
    up.pass(request);
    if (counts) asked.push({ trap, request });
    if (asked.length === 1) guard();
    if (trap?.at === 'request' || trap?.at === 'delivered') sprung({ trap, request });
  };
  /** The answer that comes next is shut out when its request says so. */
  const guard = (): void => {
    const at = asked[0]?.trap?.at;
    if (at === 'delivered' || at === 'answered') down.shut();
  };
  const onAnswer = (piece: Buffer, ends: boolean): void => {
    down.pass(piece);
    if (!ends) return;
    const done = asked.shift();
    if (done?.trap?.at === 'answered') sprung(done);
    guard();
  };
  client.on('data', cutter((bytes) => wire.request(bytes, first), onRequest));
  upstream.on('data', cutter((bytes) => wire.answer(bytes), onAnswer));
  client.on('close', () => {
    if (!up.isShut()) upstream.destroy();
  });
  upstream.on('close', () => client.destroy());
}

/** Cuts a stream of bytes into whole pieces. */
function cutter(measure: (bytes: Buffer) => { length: number; counts: boolean }, each: (piece: Buffer, counts: boolean) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (let piece = measure(rest); rest.length > 0 && piece.length > 0; piece = measure(rest)) {
      const whole = rest.subarray(0, piece.length);
      rest = rest.subarray(piece.length);
      each(whole, piece.counts);
    }
  };
}

/** One direction: passes on, or keeps while shut. */
function createLane(to: net.Socket): { pass(bytes: Buffer): void; shut(): void; open(): void; isShut(): boolean } {
  let kept: Buffer[] | undefined;
  return {
    pass(bytes) {
      if (kept === undefined) to.write(bytes);
      else kept.push(bytes);
    },
    shut: () => void (kept ??= []),
    open() {
      const waiting = kept ?? [];
      kept = undefined;
      for (const bytes of waiting) to.write(bytes);
    },
    isShut: () => kept !== undefined,
  };
}
