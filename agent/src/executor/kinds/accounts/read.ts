// Local accounts: who there is, who can sign in, who may become root.
import type { Files } from '../../../platform/files.ts';

/** A local account. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  /** Its main group; null where its line has none. */
  readonly gid: number | null;
  /** Path of its shell; '' is the system's usual one. */
  readonly shell: string;
  /** Its shell lets somebody sign in. */
  readonly hasShell: boolean;
  /** The stored password; '' where there is none. Never leaves this process. */
  readonly hash: string;
  /** Day on which the account ends, days since 1970; null: never. */
  readonly expiresDay: number | null;
  /** It may become root: member of sudo, wheel or admin. */
  readonly isAdmin: boolean;
}

/** Whoever is in one of them may become root. */
export const ADMIN_GROUPS: ReadonlySet<string> = new Set(['sudo', 'wheel', 'admin']);
const NO_SHELL = /\/(?:nologin|false|sync|shutdown|halt)$/;

function rows(text: string | null): string[][] {
  return (text ?? '').split('\n').flatMap((line) => (line === '' ? [] : [line.split(':')]));
}

/** Local accounts from passwd, shadow and group; the first of several lines with one name, as the system resolves it. */
export async function readAccounts(files: Files): Promise<Account[]> {
  const [passwd, shadow, group] = await Promise.all(
    ['/etc/passwd', '/etc/shadow', '/etc/group'].map(async (path) => rows(await files.readText(path))),
  );
  const admins = (group ?? []).filter(([name = '']) => ADMIN_GROUPS.has(name));
  const adminNames = new Set(admins.flatMap(([, , , members = '']) => members.split(',')));
  const adminIds = new Set(admins.map(([, , id]) => id));
  const seen = new Set<string>();
  return (passwd ?? []).flatMap(([name = '', , uid = '', gid, , , shell = '']) => {
    if (!/^\d+$/.test(uid) || seen.has(name)) return [];
    seen.add(name);
    const [, hash = '', , , , , , expires = ''] = (shadow ?? []).find(([other]) => other === name) ?? [];
    return [
      {
        name,
        uid: Number(uid),
        gid: gid !== undefined && /^\d+$/.test(gid) ? Number(gid) : null,
        shell,
        hasShell: !NO_SHELL.test(shell),
        hash,
        expiresDay: /^\d+$/.test(expires) ? Number(expires) : null,
        isAdmin: adminNames.has(name) || (gid !== undefined && adminIds.has(gid)),
      },
    ];
  });
}

/** A local group. */
export interface Group {
  readonly name: string;
  /** As text of digits, as it stands there. */
  readonly gid: string;
  /** Those that its line names; an account whose main group it is need not be among them. */
  readonly members: readonly string[];
}

/** Local groups; the first of several lines with one name. */
export async function readGroups(files: Files): Promise<readonly Group[]> {
  const byName = new Map<string, Group>();
  for (const [name = '', , gid = '', members = ''] of rows(await files.readText('/etc/group')))
    if (name !== '' && !byName.has(name))
      byName.set(name, { name, gid, members: members.split(',').filter((one) => one !== '') });
  return [...byName.values()];
}

/** True for a shell by which nobody signs in. */
export function isNoShell(shell: string): boolean {
  return NO_SHELL.test(shell);
}

/** True when the password is locked and the account has ended: without the second a key or ticket still opens it. */
export function isLocked({ hash, expiresDay }: Account, nowMs: number): boolean {
  return hash.startsWith('!') && expiresDay !== null && expiresDay <= nowMs / 86_400_000;
}

/** True for an account that somebody can sign in with now, by password or key. */
export function canSignIn(account: Account, nowMs: number): boolean {
  return account.hasShell && !(account.expiresDay !== null && account.expiresDay <= nowMs / 86_400_000);
}
