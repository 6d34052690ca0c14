// The course of every package kind: find the manager, simulate, judge, act, look again.
import type { Check, KindContext } from '../kind.ts';
import { actBy, filesOf, holds, refuse, refuseDenied } from '../programs/find.ts';
import { findPackageProvider } from './find.ts';
import { type Circumstances, judgePlan } from './judge.ts';
import { type Change, type Order, type PackageProvider, spell } from './provider.ts';

const NO_MANAGER = refuse(
  'E_UNSUPPORTED',
  'No package manager that is known (apt, dnf, zypper, apk) is here.',
);

async function readCircumstances(
  context: KindContext,
  provider: PackageProvider,
  names: readonly string[],
): Promise<Circumstances> {
  const installed = await provider.readInstalled(context, [...new Set(names)]);
  const held = await provider.readHeld(context);
  const protectedNames = await provider.readProtected(context);
  const release = await filesOf({ ...context, root: '' }).readText('/proc/sys/kernel/osrelease');
  return { provider, installed, held, protectedNames, kernelRelease: (release ?? '').trim() };
}

function describeChange({ name, from, to }: Change): string {
  if (to === '') return `remove ${name} ${from}`.trim();
  return from === '' ? `install ${name} ${to}` : `upgrade ${name} ${from === '?' ? '' : `${from} `}to ${to}`;
}

/** The transaction in one sentence of bounded length. */
function describeChanges(changes: readonly Change[]): string {
  const shown: string[] = [];
  for (const text of changes.map(describeChange)) {
    if (shown.join(', ').length + text.length > 400) break;
    shown.push(text);
  }
  const rest = changes.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`;
}

/** A package that is gone needs no simulation, and the manager would stumble over its name. */
async function withoutAbsent(context: KindContext, provider: PackageProvider, order: Order): Promise<Order> {
  if (order.act !== 'remove') return order;
  const installed = await provider.readInstalled(
    context,
    order.packages.map(({ name }) => name),
  );
  return {
    ...order,
    packages: order.packages.filter(({ name }) => installed.some((one) => one.name === name)),
  };
}

/** What the order would do here, or why not. */
async function plan(
  context: KindContext,
  provider: PackageProvider,
  order: Order,
): Promise<Check | readonly Change[]> {
  if (order.act === 'install') {
    const [missing] = await provider.readMissing(context, order.packages);
    if (missing !== undefined)
      return refuse('E_NOT_FOUND', `The device's repositories have no ${spell(missing, ' ')}.`);
  }
  const result = provider.parsePlan(await context.read(provider.simulate(order)));
  return 'refusal' in result
    ? refuse('E_PACKAGE', `${provider.name} refuses: ${result.refusal}`)
    : result.changes;
}

/** Check of package.install, remove and upgrade. */
export async function checkOrder(asked: Order, context: KindContext): Promise<Check> {
  const provider = await findPackageProvider(context);
  if (provider === null) return NO_MANAGER;
  const order = await withoutAbsent(context, provider, asked);
  if (order.act === 'remove' && order.packages.length === 0)
    return holds('None of these packages is installed.');
  if (order.act === 'upgrade') {
    const before = await readCircumstances(
      context,
      provider,
      order.packages.map(({ name }) => name),
    );
    const objection = judgePlan(order, [], before);
    if (objection !== undefined) return refuse(objection.code, objection.summary);
  }
  const changes = await plan(context, provider, order);
  if ('state' in changes) return changes;
  const names = [...order.packages, ...changes].map(({ name }) => name);
  const objection = judgePlan(order, changes, await readCircumstances(context, provider, names));
  if (objection !== undefined) return refuse(objection.code, objection.summary);
  const denied = await refuseDenied(context, names);
  if (denied !== null) return denied;
  if (changes.length === 0) return holds('Everything asked for holds already.');
  return actBy(provider.apply(order), `By ${provider.name}: ${describeChanges(changes)}`);
}

/** What is still missing after the effect. */
export async function verifyOrder(order: Order, context: KindContext): Promise<string | null> {
  const provider = await findPackageProvider(context);
  if (provider === null) return 'The package manager is gone.';
  const installed = await provider.readInstalled(
    context,
    order.packages.map(({ name }) => name),
  );
  const find = (wanted: string) => installed.find(({ name }) => name === wanted);
  if (order.act === 'remove') {
    const left = order.packages.find(({ name }) => find(name) !== undefined);
    return left === undefined ? null : `${left.name} is still installed.`;
  }
  const wrong = order.packages.find(({ name, version }) => {
    const one = find(name);
    return one === undefined || (version !== '' && !provider.isVersion(version, one.version));
  });
  if (wrong !== undefined) return `${wrong.name} ${wrong.version} is not installed.`;
  if (order.act === 'install') return null;
  const rest = await plan(context, provider, order);
  if ('state' in rest) return 'Whether all is upgraded cannot be seen.';
  return rest.length === 0 ? null : `Not upgraded: ${describeChanges(rest)}`;
}

/** Check of package.hold and unhold. */
export async function checkHold(
  names: readonly string[],
  held: boolean,
  context: KindContext,
): Promise<Check> {
  const provider = await findPackageProvider(context);
  if (provider === null) return NO_MANAGER;
  const installed = await provider.readInstalled(context, names);
  const absent = names.find((name) => !installed.some((one) => one.name === name));
  // What is gone can still be on the list of holds, and released.
  const current = await provider.readHeld(context);
  if (held && absent !== undefined) return refuse('E_NOT_FOUND', `${absent} is not installed.`);
  const todo = names.filter((name) => current.includes(name) !== held);
  if (todo.length === 0) return holds(held ? 'They are held already.' : 'None of them is held.');
  const packages = todo.map(
    (name) => installed.find((one) => one.name === name) ?? { name, version: '', essential: false },
  );
  const program = await provider.hold(context, packages, held);
  if (program === null)
    return refuse(
      'E_UNSUPPORTED',
      `${provider.name} cannot hold packages here; its versionlock plugin is missing.`,
    );
  return actBy(program, `By ${provider.name}: ${held ? 'hold' : 'release'} ${todo.join(', ')}.`);
}

/** After package.hold and unhold. */
export async function verifyHold(
  names: readonly string[],
  held: boolean,
  context: KindContext,
): Promise<string | null> {
  const provider = await findPackageProvider(context);
  const current = (await provider?.readHeld(context)) ?? [];
  const wrong = names.find((name) => current.includes(name) !== held);
  return wrong === undefined ? null : `${wrong} is ${held ? 'not held' : 'still held'}.`;
}
