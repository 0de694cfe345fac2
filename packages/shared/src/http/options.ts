/** Options of the HTTP server. */
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 lets the system choose; see the result of `listen`. */
  readonly port: number;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Shown by `/v1/version` and in OpenAPI. */
  readonly name: string;
  readonly version: string;
  /** Names this server answers for besides addresses and loopback names; `*` for all. */
  readonly allowedHosts?: readonly string[];
  /** Origins whose pages may read and write everything, besides the server's own. */
  readonly allowedOrigins?: readonly string[];
  /** Bytes; default 1 MiB. A route may set its own. */
  readonly bodyLimit?: number;
  /** How long `close` waits for requests in flight; default 5 s. */
  readonly drainMs?: number;
}
