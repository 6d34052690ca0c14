// Check `xss`: hostile texts in every field, and every page of the console in a real browser; all of it is text, and nothing of it runs.
import { noBrowser } from '../support/browser.ts';
import type { Check, CheckContext, Verdict } from './check.ts';
import { tryControls } from './xss/controls.ts';
import { readPages } from './xss/pages.ts';
import { openStage, type Stage, type StageSize } from './xss/stage.ts';
import { goEverywhere, type Seen, seeNothing, type TourSize } from './xss/tour.ts';

interface Size {
  readonly stage: StageSize;
  readonly tour: TourSize;
}

const SIZES: Readonly<Record<CheckContext['size'], Size>> = {
  quick: {
    stage: { devices: 2, rows: 2, things: 2 },
    tour: {
      ...{ visits: { ids: 1, tabbed: 1, alone: 0, kinds: 1 }, languages: 'turns' },
      ...{ unfolds: 0, everyRoute: 6, signIns: 1 },
    },
  },
  full: {
    stage: { devices: 2, rows: 4, things: 3 },
    tour: {
      ...{ visits: { ids: 4, tabbed: 4, alone: 1, kinds: 8 }, languages: 'all' },
      ...{ unfolds: 4, everyRoute: 1, signIns: 8 },
    },
  },
  long: {
    stage: { devices: 6, rows: 20, things: 24 },
    tour: {
      ...{ visits: { ids: 24, tabbed: 8, alone: 6, kinds: 24 }, languages: 'all' },
      ...{ unfolds: 12, everyRoute: 1, signIns: 15 },
    },
  },
};

/** Share of the fields that the quick form has to see. */
const QUICK_SHARE = 0.7;

const chosen = 'in a column that somebody has to choose';
const nowhere = 'on no page: the API alone has it';

/** Fields whose texts need not be on any page that is visited, and why. */
const UNSEEN: Readonly<Record<string, string>> = {
  'inventory.mounts.device_alias': chosen,
  'inventory.mounts.flags': chosen,
  'inventory.systemd_units.fragment_path': chosen,
  'inventory.systemd_units.user': chosen,
  'inventory.systemd_units.drop_ins': chosen,
  'inventory.processes.cmdline': chosen,
  'inventory.packages.source': nowhere,
  'inventory.package_sources.ecosystem': nowhere,
  'inventory.package_sources.path': nowhere,
  'inventory.package_sources.state': nowhere,
  'inventory.package_sources.reason': nowhere,
  'person.key': nowhere,
  'run.summary': nowhere,
  'job.key': nowhere,
  'way.url': 'the list of ways names their host',
  'way.answer': 'the words of a receiver that refuses are not kept',
  'run.file': 'a file that was fetched is downloaded',
  'run.message.accepted': 'the next message takes its place',
  'run.message.running': 'the next message takes its place',
  'standing.done': 'pages tell what is wrong, and not what a repair did',
  'view.on': 'in the address of a link',
  'refused.id': 'what is no id at all is refused before anything is kept',
  'metric.live': 'samples come while somebody looks at a chart',
};

/** Fields that must be shown; what stands in addresses is tried, and need not be. */
function listFields({ planter }: Stage): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const { field, marker } of planter.plants.values())
    if (!field.startsWith('address.')) fields.set(field, [...(fields.get(field) ?? []), marker]);
  return fields;
}

/** Fields of which no page showed anything. */
function listUnseen(fields: ReadonlyMap<string, readonly string[]>, { shown }: Seen): string[] {
  return [...fields]
    .filter(([, markers]) => !markers.some((marker) => shown.has(marker)))
    .map(([field]) => field);
}

/** A check whose texts nobody sees proves nothing: each field was on some page, or it is said why it is on none. */
function findUnseen(fields: ReadonlyMap<string, readonly string[]>, seen: Seen, isQuick: boolean): string[] {
  const unseen = listUnseen(fields, seen);
  // One address of each page opens few of the places in which something stands.
  if (isQuick)
    return unseen.length <= fields.size * (1 - QUICK_SHARE)
      ? []
      : [`pages do not show ${unseen.length} of ${fields.size} fields: ${unseen.join(', ')}`];
  return unseen
    .filter((field) => UNSEEN[field] === undefined)
    .map((field) => `no page shows what stands in ${field}`);
}

const number = (count: number) => count.toLocaleString('en-US');

function describe(stage: Stage, seen: Seen, fields: ReadonlyMap<string, readonly string[]>): string[] {
  const { plants, families, refusals } = stage.planter;
  const { addresses, unfolded, ways, answers, fronts } = seen.counts;
  const times = [...seen.shown.values()].reduce((sum, count) => sum + count, 0);
  const unseen = listUnseen(fields, seen);
  return [
    `${number(plants.size)} hostile texts of ${families.size} families in ${fields.size} fields and every part of addresses; refused at the door: ${[...refusals].join(', ')}`,
    `${number(addresses)} addresses of pages visited in English and German, ${number(unfolded)} things unfolded: ${number(seen.shown.size)} of the texts shown, ${number(times)} times, each as the text it is`,
    `${answers} answers of the API opened as pages, with ${number(seen.answered.size)} of the texts; ${ways} ways into the sign-in page; ${fronts} answers with the right front`,
    ...(unseen.length === 0 ? [] : [`on no page that was visited: ${unseen.join(', ')}`]),
  ];
}

async function run(context: CheckContext): Promise<Verdict> {
  if (noBrowser !== false) {
    if (context.size === 'quick') return { evidence: [`not tried: ${noBrowser}`], faults: [] };
    throw new Error(noBrowser);
  }
  const { stage: stageSize, tour: size } = SIZES[context.size];
  const pages = await readPages();
  const stage = await openStage(context, stageSize);
  const seen = seeNothing();
  await goEverywhere({ stage, size, seen }, pages, context.say);
  const askedBefore = [...stage.asked];
  const { found, missed } = await tryControls(stage);
  const fields = listFields(stage);
  const tabs = pages.reduce((sum, page) => sum + page.tabs.length, 0);
  return {
    evidence: [
      `${pages.length} pages of the console with ${tabs} tabs, as its own list names them`,
      ...describe(stage, seen, fields),
      `control: ${found.length} planted weaknesses found: ${found.join('; ')}`,
    ],
    faults: [
      ...new Set(seen.findings.map(({ kind, path, what }) => `${kind} on ${path.slice(0, 100)}: ${what}`)),
      ...askedBefore.map((path) => `the address in the payloads was asked for ${path}`),
      ...findUnseen(fields, seen, context.size === 'quick'),
      ...missed.map((text) => `the check is blind: ${text}`),
    ],
  };
}

export const xss: Check = {
  id: 'xss',
  claims:
    'No text that a device or person hands in becomes more than text on any page, and nothing of it runs',
  group: 'pages',
  run,
};
