// What of a file's owner and mode is to be changed, and which changes no policy makes. Pure.
import type { Stats } from 'node:fs';
import type { WantedOf } from '@muster/protocol/policy';
import type { EntryFacts } from '../../../platform/linux/changing.ts';
import type { AccountIds } from '../../kinds/accounts/ids.ts';
import { isAuthority, leadsToAuthority } from '../../kinds/files/paths.ts';
import { holdsSecrets } from '../../kinds/files/secrets.ts';

type Wanted = WantedOf<'file'>;

const SET_ID = 0o6000;
const STICKY = 0o1000;
const OTHERS_WRITE = 0o002;
const OTHERS_READ = 0o004;
const GROUP_WRITE = 0o020;
const GROUP_READ = 0o040;
const OWNER_RUNS = 0o100;
/** The first number of people; those below are the system's. */
const FIRST_PERSON = 1000;
/** Where the system's programs and libraries are, those that somebody put there by hand included. */
const PROGRAMS = /^\/(?:usr\/(?:local\/)?)?(?:s?bin|lib[^/]*)(?:\/|$)/;
/** What root reads, starts or hands to programs: who may write there is root soon. */
const ROOTS = /^\/(?:etc|usr|root|var\/spool\/(?:cron|at|anacron))(?:\/|$)/;
/** What a package brings; it goes with its package. */
const PACKAGED = /^\/(?:usr\/)?(?:s?bin|lib[^/]*)\//;
/** Keys of others, by whose names nobody can tell them from our own. */
const PUBLIC = /^\/(?:usr\/(?:local\/)?share|etc\/(?:ssl\/certs|apt|pki\/(?:rpm-gpg|ca-trust|tls\/certs)))\//;
/** Without these the device does not start, or nobody reaches it any more. */
const CONNECTS =
  /^\/etc\/(?:fstab|crypttab|machine-id|hostname|hosts|host\.conf|gai\.conf|resolv\.conf|network(?:\/.*)?|netplan\/.*|NetworkManager\/.*|(?:systemd\/network|sysconfig\/network-scripts|wpa_supplicant|ssl\/openssl\.cnf|pki\/ca-trust|default\/grub)(?:[./].*)?|sysconfig\/network|systemd\/resolved\.conf|ssl\/certs\/ca-certificates\.crt|pki\/tls\/certs\/ca-bundle\.crt)$/;
/** What everybody has to be able to do: read a file, go through a folder. */
const OPEN = { file: 0o004, folder: 0o005 } as const;
/** Authority whose absence only makes a device safer: it opens doors, and holds none. */
const REMOVABLE = /^(?:\/etc\/(?:hosts\.equiv|shosts\.equiv|nologin)|(?:\/[^/]+)+\/\.[rs]hosts)$/;
/** Who signs in, looks a name up or starts a program needs to read these, whoever he is. */
const READ_BY_ALL =
  /^\/(?:etc|usr|var|tmp|opt|(?:usr\/(?:local\/)?)?(?:s?bin|share|lib[^/]*)|(?:usr\/)?lib[^/]*\/.*|etc\/(?:passwd|group|nsswitch\.conf|ld\.so\.[^/]*|ssh|pam\.d(?:\/.*)?|hosts|host\.conf|gai\.conf|resolv\.conf|ssl|ssl\/openssl\.cnf|ssl\/certs(?:\/.*)?|pki|pki\/ca-trust(?:\/.*)?|pki\/tls(?:\/certs(?:\/.*)?|\/openssl\.cnf)?)|usr\/share\/ca-certificates(?:\/.*)?)?$/;

/** Folders that everybody goes through on the way to what is his; whether he may list them is another matter. */
const PASSED_BY_ALL = /^\/(?:home|run|var\/(?:lib|cache|spool))$/;

/** Why a file is not removed; null when it may be. */
export function judgeRemoval(path: string): string | null {
  if (isAuthority(path) && !REMOVABLE.test(path))
    return 'It decides who is trusted or how the machine starts.';
  if (CONNECTS.test(path)) return 'The device would not start without it, or nobody would reach it any more.';
  return PACKAGED.test(path) ? 'Programs and libraries go with their package: use a rule for it.' : null;
}

/** Numbers of owner and group; a sentence about a name that this device does not know. */
function findOwners(
  { owner, group }: Wanted,
  facts: Stats,
  ids: AccountIds,
): Pick<EntryFacts, 'uid' | 'gid'> | string {
  const uid = owner === undefined ? facts.uid : ids.user(owner);
  const gid = group === undefined ? facts.gid : ids.group(group);
  if (uid === undefined) return `There is no local user ${owner}.`;
  if (gid === undefined) return `There is no local group ${group}.`;
  return { ...(uid === facts.uid ? {} : { uid }), ...(gid === facts.gid ? {} : { gid }) };
}

/** What of it is to be changed; a sentence about a name that this device does not know. */
export function findChange(wanted: Wanted, facts: Stats, ids: AccountIds): EntryFacts | string {
  const owners = findOwners(wanted, facts, ids);
  if (typeof owners === 'string' || wanted.mode === undefined) return owners;
  const mode = Number.parseInt(wanted.mode, 8);
  // A change of owner takes bits away, so the mode is said with it.
  const isSaid = mode !== (facts.mode & 0o7777) || Object.keys(owners).length > 0;
  return isSaid ? { ...owners, mode } : owners;
}

/** Owner, group and mode, as a change finds or leaves them. */
interface Rights {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** Who besides root could put something else there. */
function listWriters({ uid, gid, mode }: Rights): string[] {
  return [
    ...(uid === 0 ? [] : [`user ${uid}`]),
    ...(gid === 0 || (mode & GROUP_WRITE) === 0 ? [] : [`group ${gid}`]),
    ...((mode & OTHERS_WRITE) === 0 ? [] : ['others']),
  ];
}

/** Who besides the system's own could read a secret of the system; a person's own secrets are his. */
function listReaders({ uid, gid, mode }: Rights): string[] {
  const isSystems = uid < FIRST_PERSON;
  return [
    ...(isSystems ? [] : [`user ${uid}`]),
    ...(isSystems && gid >= FIRST_PERSON && (mode & GROUP_READ) !== 0 ? [`group ${gid}`] : []),
    ...((mode & OTHERS_READ) === 0 ? [] : ['others']),
  ];
}

/** Whether a change gives what it did not find. */
function gives(list: (rights: Rights) => string[], before: Rights, after: Rights): boolean {
  const had = list(before);
  return list(after).some((who) => !had.includes(who));
}

function judgeRights(path: string, before: Rights, after: Rights): string | null {
  const isSecret = holdsSecrets(path) && !PUBLIC.test(path);
  if (isSecret && gives(listReaders, before, after)) return 'Keys and passwords are kept there.';
  const decides = leadsToAuthority(path) || ROOTS.test(path) || PROGRAMS.test(path);
  return decides && gives(listWriters, before, after)
    ? 'What stands there decides who is trusted or what runs, and belongs to root alone.'
    : null;
}

function judgeClosing(path: string, facts: Stats, mode: number): string | null {
  const lost = facts.mode & ~mode;
  if (facts.isFile() && (lost & OWNER_RUNS) !== 0 && PROGRAMS.test(path))
    return 'It is a program, and nobody could run it any more.';
  const isFolder = facts.isDirectory();
  if (isFolder && (lost & 0o001) !== 0 && PASSED_BY_ALL.test(path)) return 'Everybody has to go through it.';
  const closes = (lost & (isFolder ? OPEN.folder : OPEN.file)) !== 0;
  return closes && READ_BY_ALL.test(path) ? 'Everybody has to read it.' : null;
}

function judgeMode(path: string, facts: Stats, { mode = 0, uid, gid }: EntryFacts): string | null {
  const isSticky = facts.isDirectory() && (mode & STICKY) !== 0;
  if ((mode & OTHERS_WRITE) !== 0 && !isSticky) return 'Everybody could write there.';
  // With another owner the bits would mean another one's rights: of root, for what somebody else has written.
  const kept = uid === undefined && gid === undefined ? facts.mode : 0;
  if (facts.isFile() && (mode & SET_ID & ~kept) !== 0)
    return 'It would give whoever runs it the rights of its owner or group.';
  return judgeClosing(path, facts, mode);
}

/** Why a mode or owner is not given; null when it may be. A check still tells that it is otherwise. */
export function judgeChange(path: string, facts: Stats, change: EntryFacts): string | null {
  const { uid, gid, mode } = facts;
  const objection = judgeRights(path, { uid, gid, mode }, { uid, gid, mode, ...change });
  if (objection !== null) return objection;
  if (change.mode !== undefined) return judgeMode(path, facts, change);
  // The kernel takes these bits away with the owner, and then the program fails for everybody.
  return facts.isFile() && (mode & SET_ID) !== 0
    ? 'It would lose the rights that it gives; say its mode too.'
    : null;
}
