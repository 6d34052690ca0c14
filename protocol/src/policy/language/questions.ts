// The functions that say true or false by themselves: has(os.name), seen("7d"), within("10.0.0.0/8"), group("web"), software("openssl").
import type { ASTNode } from '@marcbachmann/cel-js';
import { MAX_VERSION_CHARS } from '../../versions/index.ts';
import { formatAddress, maskAddress, parseAddress, parseSubnet } from './address.ts';
import { findFact } from './facts.ts';
import { MAX_GROUP_CHARS, MAX_PACKAGE_CHARS, MAX_SOFTWARE_ASKED } from './limits.ts';
import { resolveFact, type Scope } from './scope.ts';
import { isPackageVersion, PACKAGE_VERSION, readText, refuseControl } from './terms.ts';
import type { Comparison, Predicate, SoftwareAsked } from './tree.ts';

/** Units of seen(): ms. */
const units: ReadonlyMap<string, number> = new Map([
  ['m', 60_000], // minutes
  ['h', 3_600_000], // hours
  ['d', 86_400_000], // days of 24 hours, whatever clocks do in spring
]);

/** The predicate of a call; null for a function that has a value, or is none. @throws MusterError E_EXPRESSION */
export function buildQuestion(
  scope: Scope,
  node: ASTNode,
  [name, parts]: readonly [string, readonly ASTNode[]],
): Predicate | null {
  switch (name) {
    case 'has': // has(os.name)
      return buildHas(scope, node, parts);
    case 'seen': // seen("7d")
      return buildSeen(scope, node, parts);
    case 'within': // within("10.0.0.0/8")
      return buildWithin(scope, node, parts);
    case 'group': // group("web")
      return buildGroup(scope, node, parts);
    case 'software': // software("openssl")
      return askSoftware(scope, node, { name: readPackage(scope, node, parts) });
    default: // label("env"), which stands in a comparison
      return null;
  }
}

/**
 * `has(os.name)`: whether the device has said it. CEL wants a dotted name there; here any fact may be asked for, since
 * which facts have a dot is a matter of naming.
 */
function buildHas(scope: Scope, node: ASTNode, parts: readonly ASTNode[]): Predicate {
  const [part, ...more] = parts;
  if (part === undefined || more.length > 0 || (part.op !== 'id' && part.op !== '.'))
    throw scope.refuse(node, 'has takes the name of one fact, as has(os.name).');
  return { kind: 'has', name: resolveFact(scope, part) };
}

/**
 * `seen("7d")`: a whole number up to 9999 of minutes, hours or days. It reads the fact `seen_at`, which is noted under that
 * name: two devices that differ in nothing but the way they are asked for differ in nothing.
 */
function buildSeen(scope: Scope, node: ASTNode, parts: readonly ASTNode[]): Predicate {
  const text = readText(scope, node, { name: 'seen', parts, example: '7d' });
  const [, count = '', unit = ''] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const unitMs = units.get(unit);
  if (unitMs === undefined)
    throw scope.refuse(node, 'This is no span; write minutes, hours or days, as "30m", "12h" or "7d".');
  scope.note(node, { name: 'seen_at', written: 'seen', because: findFact('seen_at').because });
  return { kind: 'seen', withinMs: Number(count) * unitMs };
}

/**
 * `within("10.0.0.0/8")`: whether one of the device's addresses lies there. An address whose bits behind the length are not
 * zero is a mistake: it is not said which of the two is meant, the subnet or the address.
 */
function buildWithin(scope: Scope, node: ASTNode, parts: readonly ASTNode[]): Predicate {
  const text = readText(scope, node, { name: 'within', parts, example: '10.0.0.0/8' });
  const at = parts[0] ?? node;
  const found = parseSubnet(text); // the bits behind its length may be anything so far
  if (found === null) throw scope.refuse(at, explainSubnet(text));
  const written = `${formatAddress(found.address)}/${found.length}`;
  const subnet = `${formatAddress(maskAddress(found.address, found.length))}/${found.length}`;
  // 10.1.2.3/8
  if (written !== subnet)
    throw scope.refuse(
      at,
      `The address lies within the subnet and is not its first; perhaps "${subnet}" is meant.`,
    );
  scope.note(node, { name: 'addresses', written: 'within', because: findFact('addresses').because });
  // In its short form: two spellings of one subnet are one leaf
  return { kind: 'within', subnet };
}

/** What to say of a text that is no subnet; an address alone has its own words. */
function explainSubnet(text: string): string {
  const address = parseAddress(text);
  // A zone says where an address is reached, which no subnet does
  if (address === null || text.includes('%'))
    return 'This is no subnet; write it as "10.0.0.0/8" or "2001:db8::/32".';
  return `A subnet has a length; for this address alone write "${formatAddress(address)}/${address.length * 16}".`;
}

/**
 * `group("web")`: by the name of the group or its id. Whether there is one is a question to the server that has them; its
 * place is kept for whoever has to say that there is none.
 */
function buildGroup(scope: Scope, node: ASTNode, parts: readonly ASTNode[]): Predicate {
  const called = readText(scope, node, { name: 'group', parts, example: 'web' });
  const at = parts[0] ?? node;
  if (called === '' || called.length > MAX_GROUP_CHARS)
    throw scope.refuse(at, `No group can have such a name: 1 to ${MAX_GROUP_CHARS} characters.`);
  scope.note(node, {
    name: 'group',
    because: 'groups are kept by the server and stand in no signed document',
  });
  // The first place is where a refusal points
  if (!scope.groups.has(called)) scope.groups.set(called, at.start);
  return { kind: 'group', called };
}

/** The name of the package in `software("openssl")`. */
function readPackage(scope: Scope, node: ASTNode, parts: readonly ASTNode[]): string {
  const name = readText(scope, node, { name: 'software', parts, example: 'openssl' });
  if (name !== '' && name.length <= MAX_PACKAGE_CHARS) return name;
  throw scope.refuse(
    parts[0] ?? node,
    `No package can have such a name: 1 to ${MAX_PACKAGE_CHARS} characters.`,
  );
}

/** Each question is noted once, and there are few: the server asks its database about each. */
function askSoftware(scope: Scope, node: ASTNode, asked: SoftwareAsked): Predicate {
  scope.note(node, {
    name: 'software',
    because: 'packages are looked up in the inventory that the server has',
  });
  scope.software.set(JSON.stringify(asked), asked); // the same question twice is one
  // At the one that is too many
  if (scope.software.size > MAX_SOFTWARE_ASKED)
    throw scope.refuse(
      node,
      `An expression asks at most ${MAX_SOFTWARE_ASKED} different things about packages.`,
    );
  return { kind: 'software', ...asked };
}

/** `5 < x` is `x > 5`. */
const turned = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/**
 * `software("openssl").version < "3.0.14"`, either way round; null where no version of a package is compared.
 * The text is not checked: each kind of package has its own order, and each orders any text.
 */
export function buildPackageComparison(
  scope: Scope,
  { by, parts: [left, right] }: { readonly by: Comparison; readonly parts: readonly [ASTNode, ASTNode] },
): Predicate | null {
  if (!isPackageVersion(left))
    return isPackageVersion(right) ? comparePackage(scope, turned[by], [right, left]) : null;
  return comparePackage(scope, by, [left, right]);
}

function comparePackage(
  scope: Scope,
  by: Comparison,
  [item, constant]: readonly [ASTNode, ASTNode],
): Predicate {
  if (constant.op !== 'value' || typeof constant.args !== 'string')
    throw scope.refuse(constant, PACKAGE_VERSION);
  const text = constant.args; // 3.0.14, 1:2.3-4~rc1
  if (text === '' || text.length > MAX_VERSION_CHARS)
    throw scope.refuse(constant, `No version is such a text: 1 to ${MAX_VERSION_CHARS} characters.`);
  refuseControl(scope, constant, text);
  const call = item.op === '.' ? item.args[0] : item;
  // What stands in the brackets of software()
  const parts = call.op === 'call' ? call.args[1] : [];
  return askSoftware(scope, item, { name: readPackage(scope, call, parts), version: { by, text } });
}
