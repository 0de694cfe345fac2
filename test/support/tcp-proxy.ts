/** A TCP proxy that tests break on purpose: cut connections, refuse new ones, or fall silent with the sockets open. */
import { once } from 'node:events';
import net from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Drops every connection; until `restore`, new ones are dropped at once. */
  cut(): void;
  /** Nothing passes any more in either direction, and nothing is closed: a half-open network. */
  freeze(): void;
  /** Undoes `cut` and `freeze`; what was frozen goes on. */
  restore(): void;
  close(): Promise<void>;
}

/** `target` as for `net.connect`: a port or the path of a Unix socket. */
export async function startTcpProxy(target: net.NetConnectOpts): Promise<TcpProxy> {
  const sockets = new Set<net.Socket>();
  let mode: 'open' | 'cut' | 'frozen' = 'open';

  const track = (socket: net.Socket): net.Socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The other side learns from the close; why is the test's business.
    socket.on('error', () => undefined);
    if (mode === 'frozen') socket.pause();
    return socket;
  };
  const server = net.createServer((client) => {
    track(client);
    if (mode === 'cut') return void client.destroy();
    const upstream = track(net.connect(target));
    forward(client, upstream);
    forward(upstream, client);
    if (mode === 'frozen') for (const socket of [client, upstream]) socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dropAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as net.AddressInfo).port,
    cut() {
      mode = 'cut';
      dropAll();
    },
    freeze() {
      mode = 'frozen';
      for (const socket of sockets) socket.pause();
    },
    restore() {
      mode = 'open';
      for (const socket of sockets) socket.resume();
    },
    async close() {
      dropAll();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Not `pipe`: it would resume a paused socket as soon as the other side drains. */
function forward(from: net.Socket, to: net.Socket): void {
  from.on('data', (chunk) => void to.write(chunk));
  from.on('close', () => to.destroy());
}

/** A Postgres URL → where its server listens, and the same URL through a proxy's port. */
export function postgresTarget(url: string): { readonly target: net.NetConnectOpts; readonly through: (port: number) => string } {
  const parsed = new URL(url);
  const directory = parsed.searchParams.get('host');
  const port = Number(parsed.port === '' ? 5432 : parsed.port);
  const target = directory === null ? { host: parsed.hostname, port } : { path: `${directory}/.s.PGSQL.${port}` };
  const through = (proxyPort: number): string => {
    const changed = new URL(url);
    changed.searchParams.delete('host');
    changed.hostname = '127.0.0.1';
    changed.port = String(proxyPort);
    return changed.href;
  };
  return { target, through };
}
