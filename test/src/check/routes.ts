// Check `routes`: random limits over labels; everything that lists, counts or orders must be exactly what the language says fits.
import { evaluateOn } from '../support/labels.ts';
import { buildWorld, type ScopedDevice, type ScopedJob, type ScopedWorld } from '../support/scoped-world.ts';
import { type Check, type CheckContext, createTally, pick, type Verdict } from './check.ts';

const SIZES = { quick: 15, full: 150, long: 3_000 } as const;
const DEVICES = 18;
const KEYS = ['env', 'site', 'floor'];
const VALUES = ['a', 'b', 'c'];

/** A leaf or a join of leaves, not deeper than that. */
function makeLimit(random: () => number, depth: number): string {
  if (depth > 0 && random() < 0.5) {
    const join = random() < 0.5 ? '&&' : '||';
    return `(${makeLimit(random, depth - 1)}) ${join} (${makeLimit(random, depth - 1)})`;
  }
  const leaf = `label("${pick(KEYS, random)}") == "${pick(VALUES, random)}"`;
  const by = random();
  if (by < 0.2) return `!(${leaf})`;
  if (by < 0.3) return 'os.name == "debian"';
  return leaf;
}

/** What one limit is held against. */
interface Tried {
  readonly world: ScopedWorld;
  readonly where: string;
  readonly token: string;
  readonly seen: ReadonlySet<string>;
  readonly count: (name: string) => void;
  readonly fault: (text: string) => void;
}

async function get<Body>({ world, token }: Tried, path: string, body?: object): Promise<Body> {
  const call = body === undefined ? {} : { method: 'POST', body };
  return (await world.server.call<Body>(`/api/v1${path}`, { token, ...call })).body;
}

/** Compares what was answered with what fits. */
function compare(tried: Tried, what: string, found: Iterable<string>, wanted: Iterable<string>): void {
  const [one, other] = [[...found].toSorted().join(), [...wanted].toSorted().join()];
  tried.count(what);
  if (one !== other) tried.fault(`${what} with the limit ${tried.where}: ${one} instead of ${other}`);
}

interface Listed {
  readonly items: readonly { readonly id?: string; readonly deviceId?: string; readonly name?: string }[];
  readonly count?: number;
  readonly devices?: number;
  readonly online?: number;
}

const idsOf = ({ items }: Listed) => items.map(({ id, deviceId }) => deviceId ?? id ?? '');

async function tryLists(tried: Tried): Promise<void> {
  const { world, seen } = tried;
  const size = [String(seen.size)];
  const devices = await get<Listed>(tried, '/devices?limit=500');
  compare(tried, 'devices', idsOf(devices), seen);
  compare(tried, 'count of devices', [String(devices.count)], size);
  compare(tried, 'alerts', idsOf(await get<Listed>(tried, '/alerts?limit=500')), seen);
  const software = await get<Listed>(tried, '/software?name=openssl&limit=500');
  compare(tried, 'who has a package', idsOf(software), seen);
  compare(tried, 'count of a package', [String(software.devices)], size);
  const names = await get<Listed>(tried, '/software/names?prefix=only-on-&limit=500');
  const own = world.devices.filter(({ id }) => seen.has(id)).map(({ hostname }) => `only-on-${hostname}`);
  compare(
    tried,
    'names of packages',
    names.items.map(({ name }) => name ?? ''),
    own,
  );
  const found = await get<Listed>(tried, '/targets', { on: 'id != ""' });
  compare(tried, 'targets', [String(found.count ?? 0)], size);
}

async function tryDevice(tried: Tried, device: ScopedDevice): Promise<void> {
  for (const path of ['', '/inventory', '/timeline', '/runs', '/metrics/series']) {
    const { code } = await get<{ code?: string }>(tried, `/devices/${device.id}${path}`);
    compare(tried, 'one device', [code ?? 'done'], [tried.seen.has(device.id) ? 'done' : 'E_NOT_FOUND']);
  }
}

interface JobAnswer {
  readonly code?: string;
  readonly targets?: number;
  readonly counts?: Readonly<Record<string, number>>;
  readonly runs?: readonly { readonly deviceId: string }[];
}

async function tryJob(tried: Tried, job: ScopedJob): Promise<void> {
  const { world, seen } = tried;
  const fits = world.devices.filter((device) => evaluateOn(job.on, device) && seen.has(device.id));
  const shown = await get<JobAnswer>(tried, `/jobs/${job.id}`);
  const runs = await get<JobAnswer>(tried, `/jobs/${job.id}/runs?limit=1000`);
  if (fits.length === 0) {
    compare(
      tried,
      'hidden jobs',
      [shown.code ?? 'done', runs.code ?? 'done'],
      ['E_NOT_FOUND', 'E_NOT_FOUND'],
    );
    return;
  }
  const counted = Object.values(shown.counts ?? {}).reduce((sum, count) => sum + count, 0);
  compare(tried, 'counts of jobs', [`${shown.targets} ${counted}`], [`${fits.length} ${fits.length}`]);
  compare(
    tried,
    'runs',
    (runs.runs ?? []).map(({ deviceId }) => deviceId),
    fits.map(({ id }) => id),
  );
}

/** An order for whatever an expression means: refused with the number of those that are outside, or taken. */
async function tryOrder(tried: Tried, on: string): Promise<void> {
  const { world, seen } = tried;
  const meant = world.devices.filter((device) => evaluateOn(on, device));
  if (meant.length === 0) return;
  const outside = meant.filter(({ id }) => !seen.has(id)).length;
  const targets = await world.orders.find(on);
  const { envelope } = world.orders.sign(targets, {
    notBefore: new Date(Date.now() + 1_800_000).toISOString(),
  });
  const answer = await get<{ code?: string; detail?: string }>(tried, '/jobs', {
    envelope,
    snapshot: targets.snapshot,
  });
  const said = answer.code === undefined ? 'taken' : `${answer.code} ${answer.detail?.slice(0, 12)}`;
  const wanted = outside === 0 ? 'taken' : `E_SCOPE ${`${outside} of ${meant.length} targets`.slice(0, 12)}`;
  compare(tried, 'orders', [said], [wanted]);
}

async function run(context: CheckContext): Promise<Verdict> {
  const { random, size } = context;
  const labels = Array.from({ length: DEVICES }, () =>
    Object.fromEntries(KEYS.filter(() => random() < 0.8).map((key) => [key, pick(VALUES, random)])),
  );
  const expressions = ['id != ""', ...Array.from({ length: 4 }, () => makeLimit(random, 1))];
  const world = await buildWorld(context, { labels, expressions });
  const tally = createTally();
  const faults: string[] = [];
  for (let turn = 0; turn < SIZES[size]; turn += 1) {
    const where = makeLimit(random, 2);
    const seen = new Set(world.devices.filter((one) => evaluateOn(where, one)).map(({ id }) => id));
    const tried: Tried = {
      ...{ world, where, seen, token: await world.limitedToken(where) },
      count: tally.add,
      fault: (text) => void faults.push(text),
    };
    await tryLists(tried);
    await tryDevice(tried, pick(world.devices, random));
    const list = await get<{ jobs: readonly { readonly id: string }[] }>(tried, '/jobs?limit=500');
    const known = new Set(world.jobs.map(({ id }) => id));
    const fitting = world.jobs.filter(({ on }) =>
      world.devices.some((device) => evaluateOn(on, device) && seen.has(device.id)),
    );
    compare(
      tried,
      'jobs',
      list.jobs.map(({ id }) => id).filter((id) => known.has(id)),
      fitting.map(({ id }) => id),
    );
    for (const job of world.jobs) await tryJob(tried, job);
    await tryOrder(tried, makeLimit(random, 1));
    context.say(`limit ${turn + 1} of ${SIZES[size]}`);
  }
  return {
    evidence: [
      `${SIZES[size]} random limits over ${DEVICES} devices and ${world.jobs.length} jobs, ${tally.total().toLocaleString('en-US')} answers compared: ${tally.toString()}`,
    ],
    faults: faults.slice(0, 20),
  };
}

export const routes: Check = {
  id: 'routes',
  claims: 'Whoever is limited to some devices sees, counts and orders exactly these.',
  group: 'access',
  run,
};
