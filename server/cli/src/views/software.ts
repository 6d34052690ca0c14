// Who has a package: devices with their versions, and how often each version is there.
import type { Holders } from '../api/types.ts';
import type { Canvas } from '../output/canvas.ts';
import { countOf, formatCount } from '../output/count.ts';
import { drawTable } from '../output/table.ts';

/** What was asked, as one would say it: `openssl <3.0.14`. */
export function describeQuestion(name: string, version: string | undefined): string {
  return version === undefined ? name : `${name} ${version}`;
}

/** Draws the devices, a line for each installed package that fits. */
export function drawHolders(items: Holders['items'], canvas: Canvas): string {
  return drawTable(
    [
      { title: 'device' },
      { title: 'version' },
      { title: 'arch' },
      { title: 'of' },
      { title: 'id', whole: true },
    ],
    items.flatMap(({ hostname, id, packages }) =>
      packages.map(({ version, arch, ecosystem }) => [hostname, version, arch, ecosystem, id]),
    ),
    canvas,
  );
}

/** Draws the versions with the number of devices that have each. */
export function drawVersions(versions: Holders['versions'], canvas: Canvas): string {
  return drawTable(
    [{ title: 'version' }, { title: 'arch' }, { title: 'of' }, { title: 'devices', align: 'right' }],
    versions.map(({ version, arch, ecosystem, devices }) => [version, arch, ecosystem, formatCount(devices)]),
    canvas,
  );
}

/** The answer in one sentence. */
export function summarizeHolders({ devices, versions }: Holders, question: string): string {
  if (devices === 0) return `No device has ${question}.`;
  const have = devices === 1 ? 'has' : 'have';
  const kinds = versions.length === 1 ? '' : `, in ${countOf(versions.length, 'version')}`;
  return `${countOf(devices, 'device')} ${have} ${question}${kinds}.`;
}
