// Passwords of twelve characters and more that are tried first: repeated, counted, typed along the keyboard, or made of common words.

/** Words that such passwords are made of. */
const words = [
  ...['password', 'passwort', 'passw0rd', 'p4ssword', 'kennwort', 'admin', 'administrator', 'root', 'muster'],
  ...[
    'welcome',
    'willkommen',
    'letmein',
    'changeme',
    'default',
    'secret',
    'geheim',
    'login',
    'master',
    'hallo',
  ],
  ...[
    'hello',
    'iloveyou',
    'sunshine',
    'princess',
    'football',
    'baseball',
    'dragon',
    'monkey',
    'superman',
    'batman',
  ],
  ...[
    'qwerty',
    'qwertz',
    'azerty',
    'asdf',
    'yxcv',
    'zxcv',
    'abc',
    'test',
    'user',
    'server',
    'company',
    'firma',
  ],
  ...[
    'summer',
    'winter',
    'spring',
    'autumn',
    'sommer',
    'herbst',
    'january',
    'monday',
    'montag',
    'whatever',
    'trustno',
  ],
  ...[
    'and',
    'the',
    'my',
    'is',
    'your',
    'new',
    'love',
    'you',
    'fuck',
    'shadow',
    'michael',
    'jordan',
    'ginger',
    'freedom',
  ],
];
/** Longest first, so that a word is not left behind in pieces of another. */
const word = new RegExp([...words].sort((a, b) => b.length - a.length).join('|'), 'g');
const rows = [
  'qwertyuiop',
  'qwertzuiop',
  'asdfghjkl',
  'yxcvbnm',
  'zxcvbnm',
  '1234567890',
  'abcdefghijklmnopqrstuvwxyz',
];
/** What somebody has to think of beyond common words, digits and signs, characters. */
const MIN_OWN_CHARS = 4;

/** True when little is left of it once words, runs and digits are taken away. `about` are words of its person. */
export function isWorstPassword(password: string, about: readonly string[]): boolean {
  const plain = password.toLowerCase();
  if (new Set(plain).size < 5) return true;
  const own = about.map((text) => text.toLowerCase()).filter((text) => text.length >= 3);
  let left = own.reduce((text, one) => text.replaceAll(one, ''), plain);
  left = rows.reduce(removeRuns, left.replaceAll(word, ''));
  return left.replaceAll(/[^\p{L}]/gu, '').length < MIN_OWN_CHARS && !hasManyDigits(left);
}

/** Digits alone are fine when there are many different ones, as a phrase of numbers from a generator. */
function hasManyDigits(left: string): boolean {
  const digits = left.replaceAll(/\D/g, '');
  return digits.length >= 12 && new Set(digits).size >= 6;
}

/** Takes neighbors on a keyboard row or in the alphabet away, in both directions, four and more. */
function removeRuns(text: string, row: string): string {
  let left = text;
  for (const line of [row, [...row].reverse().join('')])
    for (let length = line.length; length >= 4; length--)
      for (let at = 0; at + length <= line.length; at++)
        left = left.replaceAll(line.slice(at, at + length), '');
  return left;
}
