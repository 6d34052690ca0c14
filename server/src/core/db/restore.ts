// Reads a backup into an empty database, as psql would, for machines that have no psql.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { isMusterError } from '@muster/protocol';
import type { Sql } from 'postgres';
import { fail } from '../../errors.ts';
import type { DatabaseAddress } from './address.ts';
import { BACKUP_HEADER, toBackupError } from './backup.ts';
import { openConnection } from './pool.ts';

const LINE_FEED = 10;
const CHECKSUM = /^-- sha256 of the lines above: ([0-9a-f]{64})$/;
const COPY = /^COPY .* FROM stdin;$/;

/**
 * Restores a backup made by `backupDatabase`; all or nothing. Throws E_NOT_EMPTY for a database with tables,
 * E_BACKUP for a file that is damaged or none of ours, E_UNAVAILABLE.
 */
export async function restoreDatabase(address: DatabaseAddress, path: string): Promise<void> {
  const { sql, cut } = openConnection(address);
  try {
    const tables =
      await sql`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`;
    if (tables.length > 0) throw fail('E_NOT_EMPTY');
    await replay(sql, path);
  } catch (cause) {
    // The transaction ends with its connection.
    cut();
    if (isMusterError(cause)) throw cause;
    throw toBackupError(cause);
  } finally {
    await sql.end({ timeout: 0 });
  }
}

async function replay(sql: Sql, path: string): Promise<void> {
  const player = new Player(sql);
  for await (const line of readLines(path)) await player.play(line);
  await player.finish();
}

/** Executes the file piece by piece: statements are kept until data follows, data goes straight to the server. */
class Player {
  private readonly sql: Sql;
  private readonly hash = createHash('sha256');
  private isFirst = true;
  private isComplete = false;
  private statements = '';
  private copy: Writable | undefined;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  async play(line: Buffer): Promise<void> {
    if (this.copy) await this.playData(this.copy, line);
    else await this.playStatement(line.toString('utf8'));
    this.hash.update(line);
  }

  /** The last statement is the COMMIT: it is only sent when all that came before is as it was written. */
  async finish(): Promise<void> {
    if (this.copy || !this.isComplete) throw fail('E_BACKUP', { detail: 'The backup is incomplete.' });
    await this.sql.unsafe(this.statements);
  }

  private async playData(copy: Writable, line: Buffer): Promise<void> {
    if (line.equals(endOfCopy)) {
      copy.end();
      await finished(copy);
      this.copy = undefined;
    } else if (!copy.write(line)) {
      await once(copy, 'drain');
    }
  }

  private async playStatement(text: string): Promise<void> {
    const line = text.trimEnd();
    if (this.isFirst && line !== BACKUP_HEADER)
      throw fail('E_BACKUP', { detail: 'The file is no backup of Muster.' });
    this.isFirst = false;
    const sum = CHECKSUM.exec(line)?.[1];
    if (sum !== undefined) {
      this.isComplete = sum === this.hash.copy().digest('hex');
      if (!this.isComplete)
        throw fail('E_BACKUP', { detail: 'The backup was changed: its checksum is wrong.' });
    }
    if (!COPY.test(line)) {
      this.statements += text;
      return;
    }
    await this.sql.unsafe(this.statements);
    this.statements = '';
    this.copy = await this.sql.unsafe(text).writable();
    // Whoever waits on the stream gets the error; between two waits nobody does.
    this.copy.on('error', () => undefined);
  }
}

const endOfCopy = Buffer.from('\\.\n');

/** Lines with their line feeds. Split at bytes: inside a value other characters may look like ends of lines. */
async function* readLines(path: string): AsyncGenerator<Buffer> {
  const source = createReadStream(path);
  const plain = createGunzip();
  source.once('error', (error) => plain.destroy(error));
  source.pipe(plain);
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of plain) {
    let bytes = Buffer.concat([rest, piece]);
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED)) {
      yield bytes.subarray(0, end + 1);
      bytes = bytes.subarray(end + 1);
    }
    rest = bytes;
  }
  if (rest.length > 0) yield rest;
}
