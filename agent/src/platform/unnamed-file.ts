// A file without a name: only who holds its descriptor reaches it, and it is gone once the last of them has closed it.
import { chmod, chown, type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes one, open for reading. `gid`: that group may open it again by its descriptor; nobody but the maker may write it. */
export async function openUnnamed(
  bytes: Uint8Array,
  { gid }: { readonly gid?: number } = {},
): Promise<FileHandle> {
  // Nobody else enters the folder, so nobody meets the file while it has a name.
  const folder = await mkdtemp(join(tmpdir(), 'muster-unnamed-'));
  try {
    const path = join(folder, 'file');
    await writeFile(path, bytes, { mode: 0o600, flag: 'wx' });
    if (gid !== undefined) {
      await chown(path, process.geteuid?.() ?? 0, gid);
      await chmod(path, 0o440);
    }
    return await open(path, 'r');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
