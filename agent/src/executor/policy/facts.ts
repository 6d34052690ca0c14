// What the checks of one cycle look at: each source is read once, and only when a rule asks for it.
import type { DenyRule } from '@muster/protocol/commands';
import { createFiles, type Files } from '../../platform/files.ts';
import { type AccountIds, readAccountIds } from '../kinds/accounts/ids.ts';
import { type Account, type Group, readAccounts, readGroups } from '../kinds/accounts/read.ts';
import type { KindContext } from '../kinds/kind.ts';
import { type ModuleFacts, readModuleFacts } from './facts/modules.ts';
import { type MountFacts, readMountFacts } from './facts/mounts.ts';
import { type PackageFacts, readPackageFacts } from './facts/packages.ts';
import { readServiceFacts, type ServiceFacts } from './facts/services.ts';
import { readSshdSettings, type SshdSettings } from './facts/sshd.ts';
import { readStartValues, type StartValues } from './facts/sysctl.ts';

/** What rules ask about; where one program can answer for all of them, it is asked once. */
export interface AskedNames {
  /** Packages that are to be the latest. */
  readonly latest: readonly string[];
  readonly services: readonly string[];
}

/** The facts of a cycle. Each rejects again for every rule that asks where reading failed. */
export interface Facts {
  readonly context: KindContext;
  readonly files: Files;
  /** The owner's deny list, for a check that is no mere look. */
  denyRules(): Promise<readonly DenyRule[]>;
  /** Null: no package manager that is known. */
  packages(): Promise<PackageFacts | null>;
  /** Null: no service manager that is known. */
  services(): Promise<ServiceFacts | null>;
  accounts(): Promise<AccountIds>;
  /** Local accounts: who can sign in, and how. */
  users(): Promise<readonly Account[]>;
  groups(): Promise<readonly Group[]>;
  /** What is mounted, and what would be at the start of the machine. */
  mounts(): Promise<MountFacts>;
  /** What files set at the start of the machine. */
  startValues(): Promise<StartValues>;
  /** Null: the kernel takes no modules, or does not tell. */
  modules(): Promise<ModuleFacts | null>;
  /** Null: there is no SSH server. */
  sshd(): Promise<SshdSettings | null>;
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}

/** Makes the facts; nothing is read yet. */
export function createFacts(
  context: KindContext,
  asked: AskedNames,
  readDenyList: Facts['denyRules'],
): Facts {
  const files = createFiles(context.root === '' ? '/' : context.root);
  return {
    context,
    files,
    denyRules: once(readDenyList),
    packages: once(() => readPackageFacts(context, files, asked.latest)),
    services: once(() => readServiceFacts(context, files, asked.services)),
    accounts: once(() => readAccountIds(files)),
    users: once(() => readAccounts(files)),
    groups: once(() => readGroups(files)),
    mounts: once(() => readMountFacts(files, context.root === '')),
    startValues: once(() => readStartValues(files)),
    modules: once(() => readModuleFacts(files)),
    sshd: once(() => readSshdSettings(context)),
  };
}
