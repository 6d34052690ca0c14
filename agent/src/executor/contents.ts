// Bodies of signed content: asked for in pieces, resumed after a break, and used only once their hash is the signed one.
import { createHash } from 'node:crypto';
import { encodeBase64url } from '@muster/protocol';
import type { Content } from '@muster/protocol/commands';
import type { Disk } from './disk.ts';
import type { Failpoint } from './failpoints.ts';

const FOLDER = 'content';
const pathOf = (sha256: string) => `${FOLDER}/${sha256}`;
const partOf = (sha256: string) => `${FOLDER}/${sha256}.part`;
/** Read at once when a body is verified, bytes. */
const PIECE_BYTES = 256 * 1024;

/** The bodies. */
export interface Contents {
  has(content: Content): Promise<boolean>;
  /** Path below the executor's folder. */
  path(sha256: string): string;
  /** Asks for what is missing of a body, from the place an earlier process has come to. */
  want(content: Content): Promise<void>;
  /** Asks again for everything wanted: there is a new session, or the last question was lost. */
  askAgain(): void;
  /** Takes a piece that was asked for; true when the body is complete now. Others are dropped. */
  take(piece: {
    readonly sha256: string;
    readonly offset: number;
    readonly data: Uint8Array;
  }): Promise<boolean>;
  /** The server has no such body: it is wanted no more. */
  none(sha256: string): void;
  /** Removes all bodies but these, and asks for no other any more. */
  keepOnly(hashes: ReadonlySet<string>): Promise<void>;
}

/** sha256 of a file, base64url, and its size. */
export async function hashFile(disk: Disk, path: string): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let offset = 0;
  for (;;) {
    const bytes = await disk.readRange(path, offset, PIECE_BYTES);
    if (bytes === null || bytes.length === 0) break;
    hash.update(bytes);
    offset += bytes.length;
  }
  return { sha256: encodeBase64url(hash.digest()), sizeBytes: offset };
}

async function appendPiece(
  disk: Disk,
  path: string,
  { data, isLast }: { readonly data: Uint8Array; readonly isLast: boolean },
): Promise<void> {
  const file = await disk.open(path);
  try {
    await file.append(data);
    if (isLast) await file.datasync();
  } finally {
    await file.close();
  }
}

/** Makes the store of bodies. */
export function createContents(deps: {
  readonly disk: Disk;
  readonly failpoint: Failpoint;
  ask(sha256: string, offset: number): void;
}): Contents {
  const { disk, failpoint } = deps;
  /** Wanted bodies and how much of each is here. */
  const wanted = new Map<string, { readonly sizeBytes: number; haveBytes: number }>();
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function beginWith({ sha256, sizeBytes }: Content): Promise<void> {
    if (wanted.has(sha256)) return;
    await disk.makeFolder(FOLDER);
    const part = (await disk.size(partOf(sha256))) ?? 0;
    // A part that is as large as the body was never held against its hash.
    if (part >= sizeBytes) await disk.remove(partOf(sha256));
    const haveBytes = part >= sizeBytes ? 0 : part;
    wanted.set(sha256, { sizeBytes, haveBytes });
    deps.ask(sha256, haveBytes);
  }

  async function finish(sha256: string): Promise<boolean> {
    const part = partOf(sha256);
    if ((await hashFile(disk, part)).sha256 !== sha256) {
      // Somebody sent other bytes: all of it is asked for again.
      await disk.remove(part);
      const want = wanted.get(sha256);
      if (want !== undefined) want.haveBytes = 0;
      deps.ask(sha256, 0);
      return false;
    }
    failpoint('content.rename');
    await disk.rename(part, pathOf(sha256));
    await disk.dirsync(FOLDER);
    wanted.delete(sha256);
    return true;
  }

  async function takeNow(sha256: string, offset: number, data: Uint8Array): Promise<boolean> {
    const want = wanted.get(sha256);
    if (want === undefined || offset !== want.haveBytes || offset + data.length > want.sizeBytes)
      return false;
    failpoint('content.write');
    await appendPiece(disk, partOf(sha256), { data, isLast: offset + data.length === want.sizeBytes });
    want.haveBytes += data.length;
    if (want.haveBytes === want.sizeBytes) return finish(sha256);
    deps.ask(sha256, want.haveBytes);
    return false;
  }

  return {
    has: async ({ sha256, sizeBytes }) => (await disk.size(pathOf(sha256))) === sizeBytes,
    path: pathOf,
    async want(content) {
      if (!wanted.has(content.sha256)) await inTurn(() => beginWith(content));
    },
    askAgain() {
      for (const [sha256, { haveBytes }] of wanted) deps.ask(sha256, haveBytes);
    },
    take: ({ sha256, offset, data }) => inTurn(() => takeNow(sha256, offset, data)),
    none: (sha256) => void wanted.delete(sha256),
    async keepOnly(hashes) {
      for (const sha256 of wanted.keys()) if (!hashes.has(sha256)) wanted.delete(sha256);
      for (const name of await disk.list(FOLDER)) {
        const sha256 = name.replace(/\.part$/, '');
        if (!hashes.has(sha256)) await disk.remove(`${FOLDER}/${name}`);
      }
    },
  };
}
