// The ways in which a database is away, for the embedded one and for one of an admin's own.
import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import {
  findPostgres,
  findProgram,
  type PostgresProcesses,
  runProgram,
  signalPostgres,
  signalProcess,
  type TestLike,
} from '../../support/processes.ts';
import type { ServerProcess } from '../../support/server-process.ts';
import { pause, until } from '../../support/wait.ts';
import type { OutsidePostgres } from './outside.ts';
import type { Bouncer } from './proxy.ts';

/** Size of the disk that is filled up, MiB: a new cluster has 60, and grows here by some. */
const DISK_MIB = 256;
/** WAL written at a time to use up what is left of a segment, bytes, and how often at most. */
const WAL_BYTES = 1_000_000;
const WAL_TRIES = 200;
/** Time between two cuts of all connections, ms. */
const CUT_EVERY_MS = 400;

/** One way of being away. */
export interface Trouble {
  readonly name: string;
  /** It begins, lasts so long, and is over; answers when the database could work again, monotonic ms. */
  suffer(lastsMs: number): Promise<number>;
}

/** The postmaster is killed; the server itself has to start it again, so that its time runs from the kill. */
export function killed(server: ServerProcess): Trouble {
  return {
    name: 'killed',
    async suffer() {
      const { postmasters } = await findPostgres(server.dataDir);
      const endsMs = performance.now();
      for (const pid of postmasters) signalProcess(pid, 'SIGKILL');
      return endsMs;
    },
  };
}

/** Every process is halted, as in a machine that is suspended or whose disk hangs. */
export function frozen(folder: string): Trouble {
  return {
    name: 'frozen',
    async suffer(lastsMs) {
      const halted: PostgresProcesses = await findPostgres(folder);
      signalPostgres(halted, 'SIGSTOP');
      await pause(lastsMs);
      signalPostgres(halted, 'SIGCONT');
      return performance.now();
    },
  };
}

/** Every process is killed, and an admin starts it again later. */
export function stopped(outside: OutsidePostgres): Trouble {
  return {
    name: 'stopped',
    async suffer(lastsMs) {
      signalPostgres(await findPostgres(outside.folder), 'SIGKILL');
      await until('it is gone', async () => (await findPostgres(outside.folder)).all.length === 0);
      await pause(lastsMs);
      await outside.start();
      return performance.now();
    },
  };
}

/** All connections are ended by an admin, again and again. */
export function cut(server: ServerProcess): Trouble {
  return {
    name: 'cut',
    async suffer(lastsMs) {
      const untilMs = performance.now() + lastsMs;
      while (performance.now() < untilMs) {
        await server.query(
          (sql) => sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`,
        );
        await pause(CUT_EVERY_MS);
      }
      return performance.now();
    },
  };
}

/** Everything is swallowed on the way; afterwards connections that lost bytes are reset, or stay silent for ever. */
export function dropped(proxy: Bouncer, end: 'reset' | 'silent'): Trouble {
  return {
    name: `dropped, then ${end}`,
    async suffer(lastsMs) {
      proxy.set('drop');
      await pause(lastsMs);
      proxy.set('pass');
      if (end === 'reset') proxy.resetBroken();
      return performance.now();
    },
  };
}

/** Nobody can connect, and what was open is ended. */
export function refused(proxy: Bouncer): Trouble {
  return {
    name: 'refused',
    async suffer(lastsMs) {
      proxy.set('refuse');
      await pause(lastsMs);
      proxy.set('pass');
      return performance.now();
    },
  };
}

/** Mounts a small disk for a database; null where that is not allowed, as to all but root. */
export async function mountSmallDisk(t: TestLike): Promise<string | null> {
  const [mount, umount] = [findProgram('mount'), findProgram('umount')];
  if (mount === null || umount === null || process.getuid?.() !== 0) return null;
  const folder = await mkdtemp(join(tmpdir(), 'muster-disk-'));
  await chmod(folder, 0o755);
  t.teardown(() => rm(folder, { recursive: true }));
  const options = `size=${DISK_MIB}m,mode=755`;
  try {
    await runProgram(t, [mount, '-t', 'tmpfs', '-o', options, 'muster-check', folder]);
  } catch {
    // A container's root may not mount.
    return null;
  }
  t.teardown(async () => void (await runProgram(t, [umount, folder])));
  return folder;
}

/** The disk fills up until no WAL can be written, which ends PostgreSQL and keeps it from starting; then there is room again. */
export function full(t: TestLike, server: ServerProcess, disk: string): Trouble {
  return {
    name: 'full',
    async suffer(lastsMs) {
      const path = join(disk, 'filled');
      await fill(t, path);
      const untilMs = performance.now() + lastsMs;
      await server.query(useUpWal).catch(() => undefined);
      // What PostgreSQL gives up when it ends is room for it to start.
      while (performance.now() < untilMs) {
        await fill(t, path);
        await pause(CUT_EVERY_MS);
      }
      await rm(path);
      return performance.now();
    },
  };
}

/** Takes what room there is; a file that exists grows. */
async function fill(t: TestLike, path: string): Promise<void> {
  const { bavail, bsize } = await statfs(join(path, '..'));
  if (bavail === 0) return;
  const dd = findProgram('dd');
  if (dd === null) throw new Error('dd is not installed');
  const amount = [`bs=${bsize}`, `count=${bavail}`, 'oflag=append', 'conv=notrunc'];
  // Ends with a failure when somebody else was faster.
  await runProgram(t, [dd, 'if=/dev/zero', `of=${path}`, ...amount, 'status=none']).catch(() => '');
}

/** Writes until it fails. */
async function useUpWal(sql: Sql): Promise<void> {
  for (let tries = 0; tries < WAL_TRIES; tries++)
    await sql`SELECT pg_logical_emit_message(false, 'check', repeat('x', ${WAL_BYTES}))`;
}
