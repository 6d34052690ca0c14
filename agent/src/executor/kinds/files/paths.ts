// Which paths file.put and file.fetch may touch; docs/architecture/kinds.md says why. Pure.
import { holdsSecrets } from './secrets.ts';

/** Longest name of one component, bytes; the kernel has no longer ones. */
const MAX_NAME_BYTES = 255;

/** What the kernel shows as files, or what says how it starts. */
const KERNEL = ['/proc', '/sys', '/dev'];

/**
 * Places where plain data is read as authority, whatever its author meant by it: who may sign in, become root, be trusted; what is
 * loaded into every program; how the machine starts; what counts as installed. Two have signed bytes and place of file.put; this is
 * the second line, for what two overlook and what no managed device ever wants from here.
 */
const AUTHORITY = [
  ...[
    '/boot',
    '/efi',
    '/run',
    '/etc/passwd',
    '/etc/passwd-',
    '/etc/group',
    '/etc/group-',
    '/etc/shadow',
    '/etc/shadow-',
  ],
  ...[
    '/etc/gshadow',
    '/etc/gshadow-',
    '/etc/subuid',
    '/etc/subgid',
    '/etc/sudoers',
    '/etc/sudoers.d',
    '/etc/sudo.conf',
  ],
  ...[
    '/etc/sudo_logsrvd.conf',
    '/etc/doas.conf',
    '/etc/doas.d',
    '/etc/pam.d',
    '/etc/pam.conf',
    '/etc/security',
    '/etc/nsswitch.conf',
  ],
  ...[
    '/etc/login.defs',
    '/etc/securetty',
    '/etc/shells',
    '/etc/hosts.equiv',
    '/etc/krb5.keytab',
    '/etc/ssh',
    '/etc/polkit-1',
  ],
  ...[
    '/usr/share/polkit-1',
    '/usr/local/share/polkit-1',
    '/etc/ld.so.preload',
    '/etc/ld.so.conf',
    '/etc/ld.so.conf.d',
    '/etc/ld.so.cache',
  ],
  ...[
    '/etc/selinux',
    '/etc/apparmor',
    '/etc/apparmor.d',
    '/etc/audit',
    '/etc/systemd/system.conf',
    '/etc/systemd/system.conf.d',
  ],
  ...[
    '/etc/systemd/system/service.d',
    '/var/lib/dpkg',
    '/var/lib/rpm',
    '/usr/lib/sysimage',
    '/lib/apk',
    '/etc/dnf/protected.d',
  ],
  // Nobody but root signs in while it exists; and what is beside /etc read in its place.
  ...['/etc/nologin', '/usr/lib/pam.d', '/usr/etc/pam.d', '/usr/etc/security', '/usr/etc/sudoers'],
  // Who may speak to the services of the system, and what runs as root when a device shows up.
  ...['/usr/etc/sudoers.d', '/usr/etc/ssh', '/etc/dbus-1', '/usr/share/dbus-1', '/etc/udev'],
  ...['/usr/lib/udev', '/lib/udev', '/usr/local/lib/udev'],
  // Whose packages are believed.
  ...['/etc/apt/trusted.gpg', '/etc/apt/trusted.gpg.d', '/usr/share/keyrings', '/etc/pki/rpm-gpg'],
  ...['/usr/lib/systemd/systemd', '/lib/systemd/systemd', '/sbin/init', '/usr/sbin/init', '/init'],
];
/** What every program or every sign-in loads: the loader, the C library, PAM and what looks up names. A wrong byte there locks all out. */
const LOADED =
  /^\/(?:usr\/(?:local\/)?)?lib[^/]*\/(?:(?:[^/]+\/)*(?:ld-[^/]*|ld[0-9]*\.so[^/]*|lib(?:c|pam|pamc|pam_misc|nss_[^/.-]*)[-.][^/]*)|(?:[^/]+\/)?security(?:\/.*)?)$/;
/** The same by one component, wherever it stands. */
const AUTHORITY_NAMES =
  /^(?:\.ssh|\.rhosts|\.shosts|\.k5login|\.k5users|\.gnupg|authorized_keys2?|service\.d)$/;

/** The agent's own: its programs, keys, journal, deny list and units all carry its name. */
const OWN_NAME = /^muster(?:$|[-.@_])/i;

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Why a path is none that can be meant: relative, not normalized, or with something that cannot stand in a name. */
function judgeForm(path: string): string | null {
  if (
    !path.startsWith('/') ||
    path.endsWith('/') ||
    !path.isWellFormed() ||
    /[\u0000-\u001f\u007f]/.test(path)
  )
    return 'It is no absolute path of a file.';
  const names = path.split('/').slice(1);
  if (names.some((name) => name === '' || name === '.' || name === '..'))
    return 'It is not written in its shortest form.';
  if (names.some((name) => new TextEncoder().encode(name).length > MAX_NAME_BYTES))
    return 'A part of it is too long.';
  return null;
}

function judgeOwn(path: string, ownFolders: readonly string[]): string | null {
  const isOwn =
    ownFolders.some((folder) => isBelow(path, folder)) || path.split('/').some((name) => OWN_NAME.test(name));
  return isOwn ? 'It belongs to the agent.' : null;
}

/** True where plain data is authority: what stands there decides who is trusted or how the machine starts. */
export function isAuthority(path: string): boolean {
  return (
    AUTHORITY.some((place) => isBelow(path, place)) ||
    LOADED.test(path) ||
    path.split('/').some((name) => AUTHORITY_NAMES.test(name))
  );
}

/** True for those places, and for each folder on the way to one: who writes there can put another in its place. */
export function leadsToAuthority(path: string): boolean {
  return isAuthority(path) || AUTHORITY.some((place) => isBelow(place, path));
}

/** Why nothing there is touched at all; null when it may be. */
export function judgeTouchPath(path: string, ownFolders: readonly string[]): string | null {
  const objection = judgeForm(path) ?? judgeOwn(path, ownFolders);
  if (objection !== null) return objection;
  return KERNEL.some((folder) => isBelow(path, folder)) ? 'It is shown by the kernel and is no file.' : null;
}

/** Why nothing is put there; null when it may be. */
export function judgePutPath(path: string, ownFolders: readonly string[]): string | null {
  const objection = judgeTouchPath(path, ownFolders);
  if (objection !== null) return objection;
  return isAuthority(path) ? 'What stands there decides who is trusted or how the machine starts.' : null;
}

/** Why nothing is fetched from there; null when it may be. */
export function judgeFetchPath(path: string, ownFolders: readonly string[]): string | null {
  const objection = judgeTouchPath(path, ownFolders);
  if (objection !== null) return objection;
  return holdsSecrets(path) ? 'Keys and passwords are kept there.' : null;
}

const KEY_MARKS = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY|PuTTY-User-Key-File-|BEGIN PGP PRIVATE KEY/;
/** Bytes kept of the piece before, so that a mark across two pieces is seen. */
const OVERLAP = 64;

/** Looks for private keys in bytes that come in pieces; false once one was seen. */
export function createKeyJudge(): (piece: Uint8Array) => boolean {
  let before = '';
  return (piece) => {
    const text = before + new TextDecoder('latin1').decode(piece);
    before = text.slice(-OVERLAP);
    return !KEY_MARKS.test(text);
  };
}

/** What stands in the way, for people. */
export function describeObstacle(obstacle: 'absent' | 'link' | 'not-a-folder'): string {
  if (obstacle === 'absent') return 'Its folder does not exist.';
  return obstacle === 'link'
    ? 'A part of it is a link; write where the link leads.'
    : 'A part of it is no folder.';
}
