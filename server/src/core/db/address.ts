// Where a PostgreSQL is reached: a unix socket folder or a URL, in the one form the pool understands.

/** Address of a database on a unix socket. */
export interface SocketAddress {
  readonly kind: 'socket';
  /** Folder that holds `.s.PGSQL.<port>`. */
  readonly folder: string;
  /** Only part of the socket's name; nothing listens on TCP. */
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** Address of a database as the admin gave it (`postgres://…`). May hold a password: never logged. */
export interface UrlAddress {
  readonly kind: 'url';
  readonly url: string;
}

export type DatabaseAddress = SocketAddress | UrlAddress;

/** The same server, another database. */
export function withDatabase(address: DatabaseAddress, database: string): DatabaseAddress {
  if (address.kind === 'socket') return { ...address, database };
  const url = new URL(address.url);
  url.pathname = `/${encodeURIComponent(database)}`;
  return { kind: 'url', url: url.href };
}

/** Text of an address for an environment variable; {@link parseAddress} reads it. */
export function formatAddress(address: DatabaseAddress): string {
  if (address.kind === 'url') return address.url;
  return `socket:${encodeURIComponent(address.folder)}?port=${address.port}&user=${address.user}&database=${address.database}`;
}

/** Reads {@link formatAddress} or an ordinary `postgres://` URL. */
export function parseAddress(text: string): DatabaseAddress {
  if (!text.startsWith('socket:')) return { kind: 'url', url: text };
  const url = new URL(text);
  return {
    kind: 'socket',
    folder: decodeURIComponent(url.pathname),
    port: Number(url.searchParams.get('port')),
    user: url.searchParams.get('user') ?? '',
    database: url.searchParams.get('database') ?? '',
  };
}
