/** How the embedded server is addressed. */
import { ROLE } from './initialize.js';

/** The host in the query is the socket's directory; `localhost` only lets every URL parser read it. */
export function socketUrl(socketDir: string, password: string): string {
  return `postgresql://${ROLE}:${encodeURIComponent(password)}@localhost/postgres?host=${encodeURIComponent(socketDir)}`;
}
