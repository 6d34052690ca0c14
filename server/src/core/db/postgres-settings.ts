// The configuration files of the embedded PostgreSQL, written anew at every start.

/** Name of the superuser and of the database inside the embedded cluster. */
export const EMBEDDED_USER = 'muster';
export const EMBEDDED_DATABASE = 'muster';
/** Part of the socket's name; there is no TCP port. */
export const EMBEDDED_PORT = 5432;

/** `durable` is the only choice for data; `test` gives up crash safety for speed. */
export type Durability = 'durable' | 'test';

/** Sized for a laptop or a 2-core server: what PostgreSQL does not cache, the page cache does. */
const sizing = {
  max_connections: '40',
  superuser_reserved_connections: '3',
  shared_buffers: '32MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  wal_buffers: '4MB',
  min_wal_size: '32MB',
  max_wal_size: '512MB',
  checkpoint_timeout: '15min',
  max_worker_processes: '4',
  max_parallel_workers_per_gather: '1',
  autovacuum_max_workers: '2',
  jit: 'off',
  // Three I/O worker processes less; reads come from the page cache anyway.
  io_method: 'sync',
  // Nobody replicates from an embedded cluster, and the minimal level writes less.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_replication_slots: '0',
  max_logical_replication_workers: '0',
  huge_pages: 'off',
};

const fixed = {
  listen_addresses: "''",
  unix_socket_permissions: '0700',
  timezone: "'UTC'",
  log_timezone: "'UTC'",
  datestyle: "'iso, ymd'",
  log_min_messages: 'warning',
  log_line_prefix: "'%m [%p] '",
  // A failed statement may hold a secret; the server logs its own errors without parameters.
  log_min_error_statement: 'panic',
  log_parameter_max_length_on_error: '0',
};

/** Text of postgresql.conf. `local.conf` beside it may override, and is never touched. */
export function formatPostgresqlConf(socketFolder: string, durability: Durability): string {
  const durable = durability === 'durable' ? 'on' : 'off';
  const settings = {
    ...fixed,
    ...sizing,
    port: String(EMBEDDED_PORT),
    unix_socket_directories: quote(socketFolder),
    fsync: durable,
    synchronous_commit: durable,
    full_page_writes: durable,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  return [
    '# Written at every start. Put settings of your own into local.conf.',
    ...lines,
    "include_if_exists = 'local.conf'",
    '',
  ].join('\n');
}

/** pg_hba.conf: only the socket, only accounts of the map; no password exists that could leak. */
export const pgHbaConf = 'local all all peer map=muster\n';

/** pg_ident.conf: the account that the server runs as is the superuser of the cluster. */
export function formatPgIdentConf(serverAccount: string): string {
  return `muster ${quoteIdent(serverAccount)} ${EMBEDDED_USER}\n`;
}

function quote(text: string): string {
  // The list of socket folders is split at commas and may quote each with double quotes.
  return `'"${text.replaceAll("'", "''").replaceAll('"', '""')}"'`;
}

function quoteIdent(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
