// Which addresses are opened: every page with every tab, whatever a link can name, and hostile words in each place of an address.
import { commandKinds } from '@muster/protocol/commands';
import type { Route } from '../../support/routes.ts';
import type { KnownPage } from './pages.ts';
import type { Stage } from './stage.ts';

/** How much of what could be opened is opened. */
export interface VisitSize {
  /** Ids of each subject. */
  readonly ids: number;
  /** Subjects of which every tab is opened. */
  readonly tabbed: number;
  /** Times that every parameter alone is hostile; 0: all of a page at once, once. */
  readonly alone: number;
  /** Kinds of commands on the page where one acts. */
  readonly kinds: number;
}

/** Longest hostile text in an address, characters. */
const MAX_CHARS = 400;

type Ids = Readonly<Record<string, readonly string[]>>;

/** What stands for `$id` of a page, by what comes before it. */
function idsOf({ devices, made }: Stage): Ids {
  return {
    '/devices/': devices.map(({ id }) => id),
    '/groups/': made.groups,
    '/jobs/': made.jobs,
    '/policies/': made.policies,
    '/help/': ['architecture/language'],
  };
}

/** What a parameter of an address can name that is there. */
function namesOf({ devices, made }: Stage): Ids {
  const ids = devices.map(({ id }) => id);
  return {
    person: made.persons,
    why: ids,
    with: ids.slice(1),
    run: ids,
    show: [...made.content, 'new'],
    job: made.jobs,
    devices: [ids.join(',')],
    enroll: ['true'],
    new: ['yes'],
    range: ['live'],
  };
}

/** Addresses of a page without anything behind `?`. */
function basesOf({ path }: KnownPage, stage: Stage): readonly string[] {
  const at = path.indexOf('$');
  if (at < 0) return [path];
  const before = path.slice(0, at);
  const ids = idsOf(stage)[before];
  if (ids === undefined) throw new Error(`say in visits.ts what stands behind ${before}`);
  const behind = path.slice(at).replace(/^\$\w*/, '');
  return ids.map((id) => before + id + behind);
}

const withSearch = (path: string, search: Readonly<Record<string, string>>) =>
  `${path}?${new URLSearchParams(search).toString()}`;

/** Everything that is hostile in the address of a page. */
function hostile(
  page: KnownPage,
  base: string,
  { stage, size }: { stage: Stage; size: VisitSize },
): string[] {
  const { make } = stage.planter;
  const text = (name: string) => make(`address.${page.path}.${name}`, MAX_CHARS);
  const { parameters } = page;
  const all = () => Object.fromEntries(parameters.map((name) => [name, text(name)]));
  const visits = parameters.length === 0 ? [withSearch(base, { x: text('x') })] : [withSearch(base, all())];
  for (let time = 0; time < size.alone; time++)
    for (const name of parameters) visits.push(withSearch(base, { [name]: text(name) }));
  const at = page.path.indexOf('$');
  if (at >= 0) visits.push(page.path.slice(0, at) + encodeURIComponent(text('id')));
  visits.push(`${base}#${encodeURIComponent(text('fragment'))}`);
  return visits;
}

/** The page where one acts, with each kind and hostile words in it. */
function acts({ planter, devices, made }: Stage, size: VisitSize): string[] {
  const kinds = ['script.run', 'file.fetch', 'power.reboot', ...commandKinds].slice(0, size.kinds);
  return kinds.map((kind) => {
    const text = (name: string) => planter.make(`address./act.${name}`, MAX_CHARS);
    const given = {
      ...{ path: `/${text('path')}`, message: text('message'), name: text('name'), names: [text('names')] },
      ...{ content: made.content[0], parameters: { p_string: text('parameter') }, stdin: text('stdin') },
      packages: [{ name: text('package'), version: text('version') }],
    };
    const named = devices.map(({ id }) => id).join(',');
    return withSearch('/act', { kind, args: JSON.stringify(given), reason: text('reason'), devices: named });
  });
}

/** Addresses for one who is signed in. */
export interface Visits {
  /** As links of the console lead there. */
  readonly plain: readonly string[];
  /** With hostile words in them. */
  readonly hostile: readonly string[];
}

/** What is opened as one who is signed in. */
export function listVisits(pages: readonly KnownPage[], stage: Stage, size: VisitSize): Visits {
  const names = namesOf(stage);
  const plain: string[] = [];
  const hostileOnes = acts(stage, size);
  for (const page of pages.filter(({ isPublic }) => !isPublic)) {
    const bases = basesOf(page, stage);
    const [first = ''] = bases;
    plain.push(...bases.slice(0, size.ids));
    for (const base of bases.slice(0, size.tabbed))
      plain.push(...page.tabs.map((tab) => withSearch(base, { tab })));
    // Whatever has a range of time is on the tab with the charts.
    for (const name of page.parameters)
      for (const value of (names[name] ?? []).slice(0, size.ids))
        plain.push(withSearch(first, { ...(name === 'range' ? { tab: 'charts' } : {}), [name]: value }));
    hostileOnes.push(...hostile(page, first, { stage, size }));
  }
  hostileOnes.push(`/${encodeURIComponent(stage.planter.make('address.nowhere', MAX_CHARS))}`);
  return { plain, hostile: hostileOnes };
}

/** Addresses for one who is not signed in. */
export function listPublicVisits(pages: readonly KnownPage[], stage: Stage, size: VisitSize): string[] {
  const visits = ['/sign-in', '/devices'];
  for (const page of pages.filter(({ isPublic }) => isPublic))
    visits.push(...hostile(page, page.path, { stage, size }));
  return visits;
}

/** Where a link to the sign-in page may want to lead: elsewhere, or into a script. */
export function listNexts({ planter, canary }: Stage): string[] {
  const run = planter.make('address./sign-in.next', MAX_CHARS);
  const host = canary.replace('http:', '');
  return [
    ...[
      canary,
      host,
      `/\t${host.slice(1)}`,
      `/\\${host.slice(2)}`,
      `\\\\${host.slice(2)}`,
      `/${host}`,
      `https:${host}`,
      `/%09${host}`,
    ],
    ...[`javascript:zqr\`${run.slice(0, 7)}\``, 'data:text/html,<script>zqr`next`</script>', `/\t${host}`],
    ...[`/devices?on=${encodeURIComponent(run)}`, `/./${host}`, `/..${host}`, `/@${host.slice(2)}`, ' //x'],
  ];
}

/** An address of a route of the API that names what is there; `query` is put behind it where the route takes some. */
export function fillRoute({ pattern, path }: Route, { devices, made }: Stage): string {
  const subjects: Readonly<Record<string, string>> = {
    ...{ devices: devices[0]?.id ?? '', groups: made.groups[0] ?? '', jobs: made.jobs[0] ?? '' },
    persons: made.persons[0] ?? '',
  };
  const [, , , subject = ''] = pattern.split('/');
  const [, ending = ''] = /(\?.*)$/.exec(path) ?? [];
  const filled = pattern
    .replace('{id}', subjects[subject] ?? 'main')
    .replace('{section}', 'users')
    .replace('{deviceId}', devices[0]?.id ?? '')
    .replace('{group}', made.groups[0] ?? '')
    .replace('{digest}', made.content[0] ?? '');
  return filled.includes('{') ? path : filled + ending;
}
