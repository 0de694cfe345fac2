/**
 * How the embedded server is set up: for a small machine (2 cores, 4 GiB and up) that also trains and serves. Given on the
 * command line at each start, so an upgrade of Freshet brings its settings along.
 */
export interface SettingsInput {
  readonly socketDir: string;
  readonly maxConnections: number;
  /** False only in tests: a crash of the machine may lose data. */
  readonly durable: boolean;
  /** Memory this process may use, in bytes. */
  readonly memoryBytes: number;
}

const MIB = 2 ** 20;

export function serverSettings({ socketDir, maxConnections, durable, memoryBytes }: SettingsInput): ReadonlyMap<string, string> {
  const sharedBuffersMib = Math.max(32, Math.min(256, Math.floor(memoryBytes / 16 / MIB)));
  return new Map([
    // Reached through the socket in a 0700 directory, with a password; never through the network.
    ['listen_addresses', ''],
    ['unix_socket_directories', socketDir],
    ['unix_socket_permissions', '0700'],
    ['max_connections', String(maxConnections)],
    ['shared_buffers', `${sharedBuffersMib}MB`],
    ['effective_cache_size', `${4 * sharedBuffersMib}MB`],
    ['work_mem', '8MB'],
    ['maintenance_work_mem', '64MB'],
    // Cores belong to training and serving; /dev/shm is 64 MB in a container.
    ['max_parallel_workers_per_gather', '0'],
    ['max_parallel_maintenance_workers', '0'],
    ['jit', 'off'],
    ['huge_pages', 'off'],
    // A commit is on the disk before it is acknowledged (promise 1).
    ['fsync', durable ? 'on' : 'off'],
    ['synchronous_commit', durable ? 'on' : 'off'],
    ['full_page_writes', durable ? 'on' : 'off'],
    ['wal_level', 'replica'],
    ['max_wal_senders', '0'],
    // Pages of ids are random bytes: pglz took 120 µs for each and saved nothing (docs/decisions/022).
    ['wal_compression', 'off'],
    ['wal_buffers', '16MB'],
    ['min_wal_size', '128MB'],
    ['max_wal_size', '2GB'],
    ['checkpoint_timeout', '10min'],
    ['checkpoint_completion_target', '0.9'],
    // Queue tables turn over quickly: look often, clean early.
    ['autovacuum_naptime', '15s'],
    ['autovacuum_vacuum_cost_limit', '1000'],
    ['autovacuum_max_workers', '2'],
    // A peer that vanished frees its locks within a minute.
    ['idle_in_transaction_session_timeout', '60s'],
    ['log_destination', 'stderr'],
    ['logging_collector', 'off'],
    ['log_min_messages', 'warning'],
    ['log_line_prefix', '%m [%p] '],
    ['log_checkpoints', 'off'],
    ['lc_messages', 'C'],
    ['timezone', 'UTC'],
    ['log_timezone', 'UTC'],
  ]);
}

export function settingsArguments(settings: ReadonlyMap<string, string>): readonly string[] {
  return [...settings].flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
