// Files of which a policy may set a line: those of plain settings, with the words and values that give nobody anything. Pure.

/** A file of settings. */
export interface SettingsFile {
  /** What stands between word and value. */
  readonly divider: ' ' | '=' | ' = ';
  /** Heading under which all of them stand. Absent: the file has no headings. */
  readonly section?: string;
  /** Values by word. */
  readonly values: Readonly<Record<string, RegExp>>;
}

const YES_OR_NO = /^(?:yes|no)$/;
const COUNT = /^(?:0|[1-9][0-9]?)$/;
const DAYS = /^[1-9][0-9]{0,2}$/;
/** Nobody else writes what somebody makes. */
const UMASK = /^0?0[2367][2367]$/;

/**
 * A closed list, because no other can be whole: in most files of settings some line names a program, a source or a person, and one
 * signer's key must not decide that. What is not here is looked at only; other texts come with content that two have signed.
 */
const files: Readonly<Record<string, SettingsFile>> = {
  '/etc/login.defs': {
    divider: ' ',
    values: {
      ...{ UMASK, HOME_MODE: /^07[015]0$/, PASS_MAX_DAYS: DAYS, PASS_MIN_DAYS: COUNT, PASS_WARN_AGE: COUNT },
      ...{ LOGIN_RETRIES: /^[2-9]$/, LOGIN_TIMEOUT: /^[1-9][0-9]{1,2}$/, FAIL_DELAY: /^[0-9]$/ },
      ...{ ENCRYPT_METHOD: /^(?:SHA512|YESCRYPT)$/, LOG_OK_LOGINS: YES_OR_NO, LOG_UNKFAIL_ENAB: /^no$/ },
      ...{ DEFAULT_HOME: /^no$/ },
    },
  },
  '/etc/default/useradd': { divider: '=', values: { INACTIVE: DAYS } },
  '/etc/security/pwquality.conf': {
    divider: ' = ',
    values: {
      ...{ minlen: /^(?:[89]|[1-5][0-9])$/, minclass: /^[0-4]$/, difok: COUNT, maxrepeat: COUNT },
      ...{ maxsequence: COUNT, dictcheck: /^1$/, usercheck: /^1$/ },
      ...{ dcredit: /^-[1-9]$/, ucredit: /^-[1-9]$/, lcredit: /^-[1-9]$/, ocredit: /^-[1-9]$/ },
    },
  },
  '/etc/security/faillock.conf': {
    divider: ' = ',
    // Never so few or so long that whoever knows a name keeps its owner out for good.
    values: { deny: /^(?:[3-9]|10)$/, unlock_time: /^[1-9][0-9]{2}$/, fail_interval: /^[1-9][0-9]{2}$/ },
  },
  '/etc/systemd/journald.conf': {
    divider: '=',
    section: 'Journal',
    values: { Storage: /^(?:persistent|auto)$/, Compress: /^yes$/, ForwardToSyslog: YES_OR_NO },
  },
  '/etc/systemd/coredump.conf': {
    divider: '=',
    section: 'Coredump',
    values: { Storage: /^none$/, ProcessSizeMax: /^0$/ },
  },
  '/etc/dnf/dnf.conf': {
    divider: '=',
    section: 'main',
    values: { gpgcheck: /^(?:1|[Tt]rue)$/, localpkg_gpgcheck: /^(?:1|[Tt]rue)$/ },
  },
};

/** What is known of a file; null: it is none of those. */
export function findSettingsFile(path: string): SettingsFile | null {
  return Object.hasOwn(files, path) ? (files[path] ?? null) : null;
}

/** The text of the line as that file has it; null where a policy does not set it. `line` is spelled as rules have it. */
export function formatSetting(file: SettingsFile, key: string, line: string): string | null {
  const value = line.slice(key.length).replace(/^[ =]/, '');
  const allowed = Object.hasOwn(file.values, key) ? file.values[key] : undefined;
  return allowed?.test(value) === true ? `${key}${file.divider}${value}` : null;
}
