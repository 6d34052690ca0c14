// The network interfaces.
import { interfaceDetailsSection, type RowOf } from '@muster/protocol';
import type { CollectContext, Collector } from './collector.ts';
import { baseName, MINUTE_MS, parsePairs, readLine } from './formats/attributes.ts';
import {
  belongsToGuest,
  type InterfaceFacts,
  nameInterfaceType,
  readInterface,
} from './formats/interfaces.ts';

type Row = RowOf<typeof interfaceDetailsSection>;

const NET = '/sys/class/net';
const NO_MAC = /^(00:)*00$/;

/** Attributes of an interface by file name, and what the hardware behind it says. */
export interface InterfaceTexts {
  readonly attributes: ReadonlyMap<string, string | null>;
  readonly driver: string | null;
  readonly pciSlot: string | null;
}

const ATTRIBUTES = ['address', 'mtu', 'flags', 'operstate', 'speed', 'duplex'] as const;

function parseNumber(text: string | null | undefined): number | null {
  const value = text ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

/** The row of an interface. Speed and duplex are null while the link is down: drivers then answer -1, an error, or the last value. */
export function parseInterface(facts: InterfaceFacts, { attributes, driver, pciSlot }: InterfaceTexts): Row {
  const attribute = (name: (typeof ATTRIBUTES)[number]) => attributes.get(name) ?? null;
  const mac = attribute('address');
  const isUp = attribute('operstate') !== 'down';
  const speed = isUp ? parseNumber(attribute('speed')) : null;
  const duplex = isUp ? attribute('duplex') : null;
  return {
    interface: facts.name,
    mac: mac === null || NO_MAC.test(mac) ? null : mac.toLowerCase(),
    type: nameInterfaceType(facts),
    mtu: parseNumber(attribute('mtu')),
    flags: parseNumber(attribute('flags')),
    operstate: attribute('operstate'),
    link_speed: speed !== null && speed > 0 ? speed : null,
    duplex: duplex === 'full' || duplex === 'half' ? duplex : null,
    driver,
    pci_slot: pciSlot,
    master: facts.master,
  };
}

async function readTexts({ files }: CollectContext, name: string): Promise<InterfaceTexts> {
  const attributes = new Map<string, string | null>();
  for (const file of ATTRIBUTES) attributes.set(file, await readLine(files, `${NET}/${name}/${file}`));
  const uevent = parsePairs((await files.readText(`${NET}/${name}/device/uevent`, 4096)) ?? '', '=');
  const driver = baseName(await files.readLink(`${NET}/${name}/device/driver`));
  return { attributes, driver, pciSlot: uevent.get('PCI_SLOT_NAME') ?? null };
}

/** Section `interface_details`. */
export const interfaceDetails: Collector<(typeof interfaceDetailsSection)['columns']> = {
  section: interfaceDetailsSection,
  everyMs: 5 * MINUTE_MS,
  timeoutMs: 10_000,
  async collect(context) {
    const rows: Row[] = [];
    for (const name of await context.files.list(NET)) {
      const facts = await readInterface(context.files, name);
      if (facts !== null && !belongsToGuest(facts))
        rows.push(parseInterface(facts, await readTexts(context, name)));
    }
    if (rows.length === 0) return { outcome: 'no-data', reason: `${NET} lists no interfaces.` };
    return { outcome: 'ok', rows };
  },
};
