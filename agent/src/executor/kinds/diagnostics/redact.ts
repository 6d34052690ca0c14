// Takes secrets out of logs and listings before they leave the device. When in doubt it takes too much.

const HIDDEN = '***';

/** Names whose value is a secret, whatever stands around them: DB_PASSWORD, x-api-key, "clientSecret". */
const SECRET_NAME =
  '[\\w.-]*(?:passw(?:or)?d|passphrase|passcode|pwd|secret|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|signing[-_.]?key|encryption[-_.]?key|credential|authorization|cookie|session[-_.]?id|sessid|jwt|bearer|otp|psk|pin(?=[\\s"\']*[=:]))[\\w.-]*';

/** One rule: what is looked for, and what is left of it. */
type Rule = readonly [RegExp, string];

const RULES: readonly Rule[] = [
  // Keys in armor; one whose end was cut off is taken to the end of the text.
  [
    /-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|$)/g,
    HIDDEN,
  ],
  // Headers: the whole rest of the line.
  [
    /\b((?:proxy-)?authorization|(?:set-)?cookie|x-(?:api-key|auth-token|access-token|vault-token|csrf-token))(["']?\s*[:=]\s*)[^\n]+/gi,
    `$1$2${HIDDEN}`,
  ],
  [/\b(bearer|basic|digest|negotiate|apikey)\s+[A-Za-z0-9+/._~=-]{8,}/gi, `$1 ${HIDDEN}`],
  // Addresses with a name and password, up to the last @ because a password may hold one.
  [/(:\/\/)[^\s/"'<>]*@/g, `$1${HIDDEN}@`],
  // name=value, "name": "value", name: 'value'.
  [
    new RegExp(
      `(${SECRET_NAME})(["']?\\s*[=:]\\s*)("(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*'|[^\\s,;&]+)`,
      'gi',
    ),
    `$1$2${HIDDEN}`,
  ],
  // Options: --password value; -u name:password; sshpass -p value; mysql -pvalue.
  [new RegExp(`(--?${SECRET_NAME}\\s+)("[^"\\n]*"|'[^'\\n]*'|\\S+)`, 'gi'), `$1${HIDDEN}`],
  [/(\s-(?:u|U)\s*)[^\s:]+:\S+/g, `$1${HIDDEN}`],
  [
    /\b((?:sshpass|mysql\w*|mariadb\w*|mongo\w*|docker login|7z|unzip)\b[^\n]*?\s-[pP])\s*\S+/g,
    `$1${HIDDEN}`,
  ],
  // Prose: "password is x", "password for ann was x".
  [
    /\b(pass(?:word|phrase|code)|secret|token)((?:\s+\w+){0,3}?\s+(?:is|was|set to|changed to)\s+)\S+/gi,
    `$1$2${HIDDEN}`,
  ],
  // Known forms.
  [/\beyJ[\w-]{8,}(?:\.[\w-]*)*/g, HIDDEN],
  [
    /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk-|sk_live_|rk_live_|mst1\.|hvs\.|npm_|pypi-|dop_v1_|AKIA|ASIA|AIza)[\w.-]{8,}/g,
    HIDDEN,
  ],
  [/\$(?:1|2[aby]?|5|6|7|y|argon2id?)\$[^\s:"']+/g, HIDDEN],
];

/** A long run of letters and digits that no word is: keys, hashes of passwords, what is left of a key in armor. */
const LONG_RUN = /[A-Za-z0-9+/_-]{32,}={0,2}/g;

function looksRandom(run: string): boolean {
  if (/^[0-9a-f]+$/i.test(run)) return true;
  // A path has slashes and short words between them.
  const longest = run.split(/[/_-]/).reduce((max, part) => Math.max(max, part.length), 0);
  return longest >= 20 && /\d/.test(run) && /[a-z]/.test(run) && /[A-Z]/.test(run);
}

/** The text without secrets and without control characters but line ends and tabs. */
export function redactText(text: string): string {
  let plain = text
    .toWellFormed()
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
  for (const [pattern, rest] of RULES) plain = plain.replace(pattern, rest);
  return plain.replace(LONG_RUN, (run) => (looksRandom(run) ? HIDDEN : run));
}
