// Benches of the console: real Chromium before a real server with 100,000 devices.
import type { Bench } from './bench.ts';
import { openConsoleHouse } from './console-house.ts';
import { measureInteraction, measureScrolling } from './console-interaction.ts';
import { measureLive } from './console-live.ts';
import { measureMemory } from './console-memory.ts';
import { measurePaint } from './console-paint.ts';

export const webConsole: Bench = {
  id: 'console',
  says: 'pages in Chromium over 100,000 devices: first paint, bytes, hands on, live',
  async run(context) {
    const house = await openConsoleHouse(context);
    return [
      ...(await measurePaint(context, house)),
      ...(await measureInteraction(context, house)),
      ...(await measureLive(context, house)),
    ];
  },
};

export const consoleScroll: Bench = {
  id: 'console-scroll',
  says: 'frames of Devices in Chromium while 10,000 of 100,000 rows pass, 10 in each frame',
  run: async (context) => measureScrolling(context, await openConsoleHouse(context)),
};

export const consoleMemory: Bench = {
  id: 'console-memory',
  says: 'memory of Devices in Chromium while devices come and go (--minutes 60 for the docs)',
  run: async (context) => measureMemory(context, await openConsoleHouse(context)),
};
