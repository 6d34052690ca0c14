// Whether this machine gives the agent what it needs: room on disk, and files that are its own and nobody else's.
import { access, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type AgentConfig, executorSocket } from '../config.ts';
import { readDenyList } from '../executor/service/deny-list.ts';
import { LITTLE_DISK_BYTES, NO_DISK_BYTES } from '../limits.ts';
import type { Files } from '../platform/files.ts';
import { errorCode } from '../platform/storage.ts';
import { type Finding, failed, ok, skip, warn } from './finding.ts';

/** Mode bits that let others than the owner write, and do anything at all. */
const WRITABLE_BY_OTHERS = 0o022;
const OPEN_TO_OTHERS = 0o077;
const MIB = 1024 * 1024;

/** The folder itself, or what is nearest above it and exists. */
async function findExisting(files: Files, path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    if ((await files.stat(at)) !== null || dirname(at) === at) return at;
  }
}

/** Disk: room where the state folder lies. */
export async function checkDisk(files: Files, { stateDir }: AgentConfig): Promise<Finding> {
  const at = await findExisting(files, stateDir);
  const disk = await files.statFilesystem(at);
  if (disk === null) return skip('Disk', `The size of the disk of ${at} is not known.`);
  const freeBytes = disk.bavail * disk.bsize;
  const said = `${Math.floor(freeBytes / MIB)} MiB are free where ${at} lies.`;
  const fix = `free some space: "df -h ${at}" shows the disk, "du -xh / | sort -h | tail" what fills it.`;
  if (disk.files > 0 && disk.ffree === 0)
    return failed(
      'Disk',
      `No more files fit where ${at} lies.`,
      'remove files: the disk has no free inode ("df -i").',
    );
  if (freeBytes < NO_DISK_BYTES) return failed('Disk', said, fix);
  return freeBytes < LITTLE_DISK_BYTES ? warn('Disk', said, fix) : ok('Disk', said);
}

/** Permissions: the first thing that is wrong with state folder, its files, the deny rules, the executor's socket. */
export async function checkPermissions(files: Files, config: AgentConfig): Promise<Finding> {
  const { stateDir } = config;
  return (
    (await judgeFolder(files, stateDir)) ??
    (await judgeFiles(files, stateDir)) ??
    (await judgeDenyList(config)) ??
    (await judgeExecutor(files, config)) ??
    ok('Permissions', `${stateDir} and what lies in it is the agent's alone.`)
  );
}

async function judgeFolder(files: Files, folder: string): Promise<Finding | null> {
  const facts = await files.stat(folder);
  if (facts === null) {
    const said = `${folder} is not there, or may not be looked at.`;
    const fix = `enroll as the user who runs the agent, which makes it; if it is there: sudo ls -ld ${folder}`;
    return warn('Permissions', said, fix);
  }
  const self = process.geteuid?.() ?? facts.uid;
  if (!facts.isDirectory())
    return failed('Permissions', `${folder} is no folder.`, 'name another --state-dir.');
  if (self !== 0 && facts.uid !== self) {
    const said = `${folder} belongs to another user (uid ${facts.uid}).`;
    return failed('Permissions', said, `run this as that user: sudo -u '#${facts.uid}' muster-agent doctor`);
  }
  if ((facts.mode & WRITABLE_BY_OTHERS) !== 0)
    return failed('Permissions', `${folder} can be written by others.`, `chmod 700 ${folder}`);
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    const isReadOnly = errorCode(error) === 'EROFS';
    const fix = isReadOnly ? 'mount that disk for writing.' : `chmod 700 ${folder}`;
    return failed('Permissions', `${folder} cannot be written (${errorCode(error)}).`, fix);
  }
}

/** What lies in the folder belongs to its owner, and to nobody else: keys first of all. */
async function judgeFiles(files: Files, folder: string): Promise<Finding | null> {
  const owner = (await files.stat(folder))?.uid;
  for (const name of await files.list(folder)) {
    const path = join(folder, name);
    const facts = await files.stat(path);
    if (facts === null || !facts.isFile()) continue;
    if (facts.uid !== owner) {
      const said = `${path} belongs to another user (uid ${facts.uid}) than its folder.`;
      return failed('Permissions', said, `chown ${owner} ${path}`);
    }
    if ((facts.mode & OPEN_TO_OTHERS) !== 0)
      return failed('Permissions', `${path} is open to others than its owner.`, `chmod 600 ${path}`);
  }
  return null;
}

async function judgeDenyList({ denyDir, executor }: AgentConfig): Promise<Finding | null> {
  // What only root reads is no fault where the executor is a service: that one is root.
  const isRoots = (reason: string) => executor === 'service' && reason.endsWith('(EACCES).');
  const all = (await readDenyList(denyDir)).find(
    ({ kinds, reason }) => kinds.includes('*') && !isRoots(reason),
  );
  if (all === undefined) return null;
  const fix = `if that is not meant: the folder ${denyDir} and its files must be root's, mode 755 and 644.`;
  return warn('Permissions', `Every command is denied on this device: ${all.reason}`, fix);
}

async function judgeExecutor(files: Files, config: AgentConfig): Promise<Finding | null> {
  if (config.executor !== 'service') return null;
  const path = executorSocket(config);
  if ((await files.stat(path))?.isSocket() === true) return null;
  const fix = 'systemctl enable --now muster-executor.socket';
  return failed('Permissions', `No executor listens at ${path}, so no command can be carried out.`, fix);
}
