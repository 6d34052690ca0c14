// What the executor asks of a disk: every write it depends on goes through here, so that a simulated disk can take its place.

/** A file that grows at its end. Nothing of it survives a power cut before `datasync` has answered. */
export interface AppendFile {
  append(bytes: Uint8Array): Promise<void>;
  datasync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

/** Files and folders below one root, by relative paths. Failures are Node's own errors (`code`: ENOSPC, EACCES …). */
export interface Disk {
  /** Makes a folder and those above it; one that is there is fine. */
  makeFolder(path: string): Promise<void>;
  /** Opens for appending; made where absent, mode 0600. A new name is durable after `dirsync` of its folder. */
  open(path: string): Promise<AppendFile>;
  /** Gives a file a second name; false when that name is taken. Whole from the first moment, unlike a file being written. */
  link(from: string, to: string): Promise<boolean>;
  rename(from: string, to: string): Promise<void>;
  /** Makes names and their absence in a folder survive a power cut. */
  dirsync(folder: string): Promise<void>;
  /** Bytes of a range, shorter at the end of the file; null when absent. */
  readRange(path: string, offset: number, length: number): Promise<Uint8Array | null>;
  /** Size, bytes; null when absent. */
  size(path: string): Promise<number | null>;
  /** Names in a folder, sorted; empty when absent. */
  list(folder: string): Promise<string[]>;
  /** Removes a file, or a folder with all that is in it; absent is fine. */
  remove(path: string): Promise<void>;
}

/** Reads a whole file of at most `maxBytes`; null when absent. */
export async function readWhole(disk: Disk, path: string, maxBytes: number): Promise<Buffer | null> {
  const bytes = await disk.readRange(path, 0, maxBytes);
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Writes a file aside, syncs it and puts it in place: a reader sees the old bytes or the new ones, also after a power cut. */
export async function writeWhole(
  disk: Disk,
  { folder, name }: { readonly folder: string; readonly name: string },
  bytes: Uint8Array,
): Promise<void> {
  const draft = `${folder}/${name}.next`;
  await disk.remove(draft);
  const file = await disk.open(draft);
  try {
    await file.append(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
  await disk.rename(draft, `${folder}/${name}`);
  await disk.dirsync(folder);
}
