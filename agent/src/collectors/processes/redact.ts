// Cuts secrets out of command lines before they leave the device. When in doubt it cuts too much.

/** What stands in the place of a secret. */
export const HIDDEN = '***';

/** Words that make an option or variable secret: `--db-password`, `API_TOKEN`, `keyStorePassword`. */
const SECRET_WORDS = new Set(
  'password passwd pass passphrase passcode pwd pw secret secrets token tokens apikey credential credentials cred creds auth authorization bearer cookie jwt otp psk pin signature sig'.split(
    ' ',
  ),
);
/** Ends of words written together: PGPASSWORD, dbpasswd, clientsecret. */
const SECRET_ENDS = /(?:password|passwd|passphrase|secret|token|apikey|sshpass)$/;
/** Last words that make it a place or a switch: `--password-file`, `--token-path`, `--password-stdin`. */
const REFERENCE_WORDS = new Set(['file', 'path', 'dir', 'stdin']);

/** Programs whose short options take a secret, joined (`-psecret`) or as the next argument. */
const SHORT_OPTIONS: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:mysql|mariadb|mongo|sshpass|docker|podman|rar|unrar|7z)/, /^(-p)(.*)$/s],
  [/^curl$/, /^(-[uUbE]|--user|--proxy-user|--cert)(.*)$/s],
  [/^redis-cli$/, /^(-a)(.*)$/s],
  [/^ldap/, /^(-w)(.*)$/s],
  [/^(?:smb|rpcclient|net$)/, /^(-U)(.*)$/s],
  [/^(?:zip|unzip|ipmitool)/, /^(-P)(.*)$/s],
  [/^snmp/, /^(-[AXc])(.*)$/s],
  [/^openssl$/, /^(-[kK])()$/s],
];

/** A name and what divides it from its value. */
const NAME = /([A-Za-z][\w.-]*)["']?(\s*[=:]\s*|\s+)/g;
/** Tokens that are known by their form: JWT, GitHub, GitLab, Slack, OpenAI-like, and our own enrollment tokens. */
const TOKEN_FORM = /eyJ[\w-]{8}|gh[pousr]_\w{8}|github_pat_|glpat-|xox[abprs]-|\bsk-\w{8}|\bmst1\./;

/** True when a value of this name is a secret. */
function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[-_.]+/);
  const last = words.at(-1) ?? '';
  if (REFERENCE_WORDS.has(last)) return false;
  // `access-key`, `AZURE_STORAGE_KEY`; a lone `key` is usually a file.
  if (last === 'key' && words.length > 1) return true;
  return words.some((word) => SECRET_WORDS.has(word) || SECRET_ENDS.test(word));
}

/** Place of the first secret inside one argument; -1 when there is none. */
function findSecret(argument: string): number {
  const form = argument.search(TOKEN_FORM);
  NAME.lastIndex = 0;
  for (let match = NAME.exec(argument); match !== null; match = NAME.exec(argument)) {
    const [whole, name = '', divider = ''] = match;
    // A blank divides only options from their values: "the password is" is prose, "--password is" is not.
    const isOption = argument[match.index - 1] === '-';
    if ((divider.trim() !== '' || isOption) && isSecretName(name)) {
      const at = match.index + whole.length;
      return form < 0 ? at : Math.min(at, form);
    }
  }
  return form;
}

/** One argument: everything behind the first secret's begin is cut, since a secret may contain any divider. */
function redactArgument(argument: string): string {
  const at = findSecret(argument);
  const cut = at < 0 ? argument : argument.slice(0, at) + HIDDEN;
  // user:password@ of addresses; up to the last @, because a password may hold one.
  return cut.replace(/:\/\/\S*@/, `://${HIDDEN}@`);
}

/** The short options of the programs named so far. */
function optionsOf(argument: string): RegExp[] {
  const program = argument.slice(argument.lastIndexOf('/') + 1);
  return SHORT_OPTIONS.filter(([name]) => name.test(program)).map(([, option]) => option);
}

/**
 * Command line for people, from the arguments as the kernel keeps them. Replaces values of secret options, variables and
 * headers, credentials in addresses, and tokens of known forms.
 */
export function redactCommand(args: readonly string[]): string {
  const shown: string[] = [];
  // sudo, env, timeout and the like come first, so every argument may be the program.
  const shortOptions: RegExp[] = [];
  let hideNext = false;
  for (const argument of args) {
    if (hideNext) {
      shown.push(HIDDEN);
      hideNext = false;
      continue;
    }
    const short = shortOptions.map((option) => option.exec(argument)).find((match) => match !== null);
    const option = /^--?([A-Za-z][\w.-]*)$/.exec(argument)?.[1];
    if (short?.[2]) {
      shown.push(`${short[1]}${HIDDEN}`);
      continue;
    }
    hideNext = short !== undefined || (option !== undefined && isSecretName(option));
    shown.push(redactArgument(argument));
    shortOptions.push(...optionsOf(argument));
  }
  return shown.join(' ');
}
