// The device's own deny list: rules of its owner that no signature can exceed, because they only subtract.
import { matchesKind } from './kind-table.ts';

/** One rule of a file in deny.d. */
export interface DenyRule {
  /** Exact kinds, `prefix.*` or `*`. */
  readonly kinds: readonly string[];
  /**
   * Only commands that name one of these are denied. Absent: all of the kinds. A service with its suffix or without it (`nginx` means
   * `nginx.service` and its instances too), a package with its architecture or without it, an account, a file, or a folder, which
   * means everything below it.
   */
  readonly names?: readonly string[];
  /** Why, for whoever is refused. */
  readonly reason: string;
}

/** Parameters in which an empty text is a way to write root. */
const EMPTY_IS_ROOT = new Set(['runAs', 'owner']);

/** Every text in the parameters; what a rule's names are compared with. */
function listTexts(value: unknown, name = ''): string[] {
  if (typeof value === 'string') return [value === '' && EMPTY_IS_ROOT.has(name) ? 'root' : value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => listTexts(one, Array.isArray(value) ? name : key));
}

/**
 * Kinds of units that stand for one service: a socket, a timer or a path starts it, so who may not touch the service may not touch
 * these. The other way round a rule about a socket speaks of the socket alone.
 */
const UNIT_SUFFIX = /\.(?:service|socket|timer|path)$/;
/** As dpkg writes it behind a colon, rpm behind a dot. */
const ARCHITECTURE = /(?::[a-z0-9-]+|\.(?:noarch|x86_64|i[3-6]86|aarch64|armv7hl|ppc64le|s390x|riscv64))$/;

/** A path in its shortest form, as far as text can tell; what goes up is resolved. */
function shortenPath(path: string): string {
  const names: string[] = [];
  for (const name of path.split('/')) {
    // At the root it leads nowhere, as in the file system.
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}

/** All that a text of a command may mean: itself, the unit, the template, the package, the file and the folders it lies in. */
function listMeanings(text: string): string[] {
  if (text.startsWith('/')) {
    const names = shortenPath(text).split('/').slice(1);
    return [text, '/', ...names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)];
  }
  const unit = text.replace(UNIT_SUFFIX, '');
  // `vpn@office` is an instance of `vpn@`, and a rule about `vpn` means all of them.
  const template = unit.replace(/@.*$/, '@');
  return [text, unit, template, template.replace(/@$/, ''), text.replace(ARCHITECTURE, '')];
}

/** The forms of a rule's name. One of them among the meanings of a command is enough, so each can only deny more. */
function listForms(name: string): string[] {
  if (name.startsWith('/')) return [name, shortenPath(name)];
  return [
    name,
    name.replace(/\.service$/, ''),
    name.replace(/@\.service$/, '@'),
    name.replace(ARCHITECTURE, ''),
  ];
}

/**
 * The reason of the first rule that denies; undefined when none does. A command without names that a rule speaks of
 * (as an upgrade of everything) is denied too: it would reach them.
 */
export function findDenial(
  rules: readonly DenyRule[],
  kind: string,
  args: Readonly<Record<string, unknown>>,
): string | undefined {
  const texts = listTexts(args);
  const meanings = new Set(texts.flatMap(listMeanings));
  const hit = rules.find(({ kinds, names }) => {
    if (!kinds.some((pattern) => matchesKind(pattern, kind))) return false;
    if (names === undefined || texts.length === 0) return true;
    return names.some((name) => listForms(name).some((form) => meanings.has(form)));
  });
  return hit?.reason;
}
