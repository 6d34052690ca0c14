// Tests of the collectors of hardware and kernel on recorded systems and on this machine.
import t from 'tap';
import { cpuInfo, parseProcessors, summarizeSockets } from './cpu_info.ts';
import { nameCore } from './formats/arm-cores.ts';
import { cleanFirmwareText } from './formats/firmware.ts';
import { kernelInfo, parseBootTime, redactArguments } from './kernel_info.ts';
import { memoryInfo, parseMemoryInfo } from './memory_info.ts';
import { osVersion, parseElfMachine, parseOsVersion } from './os_version.ts';
import { systemInfo } from './system_info.ts';
import { contextOf, readRows } from './testing/readings.ts';

t.test('os_version', async (t) => {
  t.test('reads Debian with its point release', async (t) => {
    const [row] = await readRows(osVersion, contextOf('debian12-vm'));
    t.match(row, {
      name: 'Debian GNU/Linux',
      version: '12 (bookworm)',
      major: 12,
      platform: 'debian',
      codename: 'bookworm',
      arch: 'x86_64',
    });
    t.ok(Number.isInteger(row?.minor), 'the point release comes from debian_version');
  });

  t.test('reads Fedora, Ubuntu and Alpine', async (t) => {
    const [fedora] = await readRows(osVersion, contextOf('fedora40-server'));
    t.match(fedora, {
      name: 'Fedora Linux',
      major: 40,
      variant: 'Server Edition',
      support_end: '2025-05-13',
    });
    t.equal(fedora?.codename, null, 'an empty value is no data');
    const [ubuntu] = await readRows(osVersion, contextOf('ubuntu2404-raspberrypi'));
    t.match(ubuntu, {
      major: 24,
      minor: 4,
      platform_like: 'debian',
      arch: 'aarch64',
      version: '24.04 LTS (Noble Numbat)',
    });
    const [alpine] = await readRows(osVersion, contextOf('alpine-container'));
    t.match(alpine, { platform: 'alpine', version: '3.20.3', major: 3, minor: 20, patch: 3 });
  });

  t.test('undoes quotes and escapes, and takes only a text that names a system', async (t) => {
    const parse = (release: string) => parseOsVersion({ release, debianVersion: null, arch: null });
    t.match(parse(`NAME='Arch Linux'\nID=arch\nBUILD_ID=rolling`), {
      name: 'Arch Linux',
      version: null,
      build: 'rolling',
    });
    t.equal(parse('NAME="a \\"b\\" \\$c"\nID=x')?.name, 'a "b" $c');
    t.equal(parse('NAME=Mystery OS')?.platform, 'mystery');
    t.equal(parse('PRETTY_NAME=x'), null);
    t.equal(parse(''), null);
    t.equal(parse('NAME=X\nID=x\nVERSION_ID=99999999999999999999')?.major, null, 'no number beyond 2^53');
  });

  t.test('tells the architecture from the header of a program', async (t) => {
    const header = (machine: number, byteOrder = 1) => {
      const bytes = new Uint8Array(20);
      bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, byteOrder]);
      bytes[byteOrder === 2 ? 19 : 18] = machine;
      return bytes;
    };
    t.equal(parseElfMachine(header(62)), 'x86_64');
    t.equal(parseElfMachine(header(22, 2)), 's390x');
    t.equal(parseElfMachine(header(250)), null);
    t.equal(parseElfMachine(new Uint8Array(20)), null);
    t.equal(parseElfMachine(header(62).subarray(0, 10)), null);
  });
});

t.test('kernel_info', async (t) => {
  t.test('names kernel, boot device and start', async (t) => {
    const [row] = await readRows(kernelInfo, contextOf('fedora40-server'));
    t.match(row, {
      version: '6.8.9-300.fc40.x86_64',
      path: '(hd0,gpt2)/vmlinuz-6.8.9-300.fc40.x86_64',
      device: '/dev/mapper/fedora-root',
      boot_time: '2024-05-20T13:39:00.000Z',
      boot_id: '0d9a2f4e-6a53-4a0c-9d2a-7c9b8a1f55e2',
    });
  });

  t.test('never lets a secret of the boot arguments out', async (t) => {
    for (const system of ['fedora40-server', 'debian12-vm'] as const) {
      const [row] = await readRows(kernelInfo, contextOf(system));
      t.notMatch(JSON.stringify(row), /hunter2|disk\.key|s3cr3t/, system);
      t.match(row?.arguments, /\[redacted\]/);
    }
    t.equal(
      redactArguments('root=/dev/sda1 ro wpa.PASSPHRASE=x  url=http://u:p@h/ quiet'),
      'root=/dev/sda1 ro wpa.PASSPHRASE=[redacted] url=http://[redacted]@h/ quiet',
    );
  });

  t.test('cuts the start to the minute and refuses nonsense', async (t) => {
    t.equal(parseBootTime('cpu 1\nbtime 1716212399\n'), parseBootTime('btime 1716212340\n'));
    for (const stat of [null, '', 'btime x', 'btime 0', 'btime 99999999999999'])
      t.equal(parseBootTime(stat), null);
  });
});

t.test('cpu_info', async (t) => {
  t.test('counts sockets, cores and threads on x86', async (t) => {
    const rows = await readRows(cpuInfo, contextOf('fedora40-server'));
    t.equal(rows.length, 2);
    for (const [at, row] of rows.entries()) {
      t.match(row, {
        device_id: `CPU${at}`,
        model: 'Intel(R) Xeon(R) Silver 4108 CPU @ 1.80GHz',
        manufacturer: 'GenuineIntel',
        number_of_cores: 4,
        logical_processors: 8,
        address_width: 64,
        max_clock_speed: 3000,
        microcode: '0x2007006',
      });
    }
    const [guest] = await readRows(cpuInfo, contextOf('alpine-container'));
    t.match(guest, { number_of_cores: 1, logical_processors: 2, max_clock_speed: null, microcode: null });
  });

  t.test('names ARM cores and counts them by /sys', async (t) => {
    const rows = await readRows(cpuInfo, contextOf('ubuntu2404-raspberrypi'));
    t.equal(rows.length, 1);
    t.match(rows[0], {
      model: 'Cortex-A72',
      manufacturer: 'ARM',
      number_of_cores: 4,
      logical_processors: 4,
      max_clock_speed: 1500,
    });
    t.equal(rows[0]?.address_width, 64);
    t.equal(nameCore(0x41, 0xfff), 'ARM part 0xfff');
    t.equal(nameCore(0x99, 1), '0x99 part 0x1');
  });

  t.test('tells fast and slow cores of a hybrid processor apart', async (t) => {
    const text = [0, 1, 2, 3].map((id) => `processor : ${id}\nphysical id : 0\ncore id : ${id}\n`).join('\n');
    const facts = { performanceCpus: '0-1', efficiencyCpus: '2-3', maxKhz: new Map(), addressWidth: null };
    const [row] = summarizeSockets(parseProcessors(text), facts);
    t.match(row, {
      number_of_performance_cores: 2,
      number_of_efficiency_cores: 2,
      model: null,
      address_width: null,
    });
  });

  t.test('two kinds of ARM cores are both named', async (t) => {
    const text = ['0xd05', '0xd0b'].map(
      (part, id) => `processor : ${id}\nCPU implementer : 0x41\nCPU part : ${part}\n`,
    );
    const facts = { performanceCpus: null, efficiencyCpus: null, maxKhz: new Map(), addressWidth: 64 };
    t.equal(summarizeSockets(parseProcessors(text.join('\n')), facts)[0]?.model, 'Cortex-A55, Cortex-A76');
  });
});

t.test('memory_info', async (t) => {
  t.test('gives sizes in bytes', async (t) => {
    const [row] = await readRows(memoryInfo, contextOf('fedora40-server'));
    t.same(row, {
      memory_total: 65_517_264 * 1024,
      swap_total: 8_388_604 * 1024,
      numa_nodes: 2,
      hugepages_total: 512,
      hugepage_size: 2 * 1024 * 1024,
    });
    const [small] = await readRows(memoryInfo, contextOf('ubuntu2404-raspberrypi'));
    t.match(small, { swap_total: 0, numa_nodes: null, hugepages_total: null });
  });

  t.test('is no data without a total', async (t) => {
    t.equal(parseMemoryInfo('MemTotal: lots kB', []), null);
    t.equal(parseMemoryInfo('MemFree: 5 kB', []), null);
  });
});

t.test('system_info', async (t) => {
  t.test('reads a server by its firmware', async (t) => {
    const [row] = await readRows(systemInfo, contextOf('fedora40-server'));
    t.match(row, {
      hostname: 'db01.example.net',
      uuid: '4c4c4544-0058-4e10-8033-b7c04f504d32',
      hardware_vendor: 'Dell Inc.',
      hardware_model: 'PowerEdge R640',
      hardware_version: null,
      hardware_serial: '7XN3PM2',
      board_model: '0W23H8',
      chassis: 'server',
      asset_tag: 'RACK-7-U21',
    });
    t.match(row?.machine_id_hash, /^[0-9a-f]{32}$/);
    t.not(row?.machine_id_hash, '4c4c4544004e33108057b4c04f5a4d32', 'the id itself stays on the device');
  });

  t.test('reads a small board by its device tree', async (t) => {
    const [row] = await readRows(systemInfo, contextOf('ubuntu2404-raspberrypi'));
    t.match(row, {
      hardware_vendor: 'raspberrypi',
      hardware_model: 'Raspberry Pi 4 Model B Rev 1.4',
      hardware_serial: '10000000a1b2c3d4',
      uuid: null,
      machine_id_hash: null,
    });
  });

  t.test('what may be read by root only is null, not an error', async (t) => {
    const [row] = await readRows(systemInfo, contextOf('alpine-container'));
    t.match(row, { hardware_vendor: 'Amazon EC2', hardware_serial: null, uuid: null, chassis: null });
  });

  t.test('takes no placeholder of the firmware for a name', async (t) => {
    const placeholders = [
      'To Be Filled By O.E.M.',
      'Default string',
      ' None ',
      '0000000',
      'xxxxxxxx',
      'Not Specified',
      '\u0000',
      null,
    ];
    for (const text of placeholders) t.equal(cleanFirmwareText(text), null);
    t.equal(cleanFirmwareText(' PowerEdge R640 \u0000rest'), 'PowerEdge R640');
  });
});
