/** Whether an address can be listened on, and one sentence for each reason why not. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { toError, UsageError } from '../errors.js';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Throws as `listen` would. What was free may be taken a moment later: `listen` itself is still checked. Not for a worker of node:cluster: what it listens on
 * is the primary's, which hands it connections at once.
 */
export async function assertCanListen({ host, port }: ListenAddress): Promise<void> {
  // Somebody who comes in this moment is told to come again: a connection left open would keep the server from closing.
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (thrown) {
    throw listenError(thrown, { host, port });
  }
  server.close();
  await once(server, 'close');
}

export function listenError(thrown: unknown, { host, port }: ListenAddress): Error {
  const error = toError(thrown);
  const code = (error as { code?: unknown }).code;
  if (code === 'EADDRINUSE') return new UsageError('port_in_use', `Port ${port} on ${host} is taken by another program (a Freshet that runs already?): stop it, or choose another port.`, { cause: error });
  if (code === 'EACCES') return new UsageError('port_not_allowed', `This user may not listen on port ${port}; choose one above 1023.`, { cause: error });
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return new UsageError('host_unknown', `${host} is not an address of this machine.`, { cause: error });
  return error;
}
