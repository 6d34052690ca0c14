// Tests of the collectors of hardware and kernel on recorded systems and on this machine.
import fc from 'fast-check';
import t from 'tap';
import { blockDevices, parseBlockDevice } from './block_devices.ts';
import { cpuInfo, parseProcessors, summarizeSockets } from './cpu_info.ts';
import { nameCore } from './formats/arm-cores.ts';
import { unescapeText } from './formats/escapes.ts';
import { cleanFirmwareText } from './formats/firmware.ts';
import { parseSmbios } from './formats/smbios.ts';
import { kernelInfo, parseBootTime, parseKernelInfo, redactArguments } from './kernel_info.ts';
import { memoryDevices, parseMemoryDevices } from './memory_devices.ts';
import { memoryInfo, parseMemoryInfo } from './memory_info.ts';
import { osVersion, parseElfMachine, parseOsVersion } from './os_version.ts';
import { parseSecureBoot, platformInfo } from './platform_info.ts';
import { parseDeviceTree, parseDmi, systemInfo } from './system_info.ts';
import { contextOf, readBody, readRows } from './testing/readings.ts';

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
      redactArguments(
        'root=/dev/sda1 ro wpa.PASSPHRASE=x  url=http://u:p@h/ rd.vconsole.keymap=de quiet -- --token abc --auth-required --log x',
      ),
      'root=/dev/sda1 ro wpa.PASSPHRASE=[redacted] url=http://[redacted]@h/ rd.vconsole.keymap=de quiet -- --token [redacted] --auth-required --log x',
    );
  });

  t.test('has null for what the system does not say', async (t) => {
    const nothing = { build: null, commandLine: null, stat: null, bootId: null };
    t.same(parseKernelInfo({ release: '6.1', ...nothing }), {
      version: '6.1',
      build: null,
      arguments: null,
      path: null,
      device: null,
      boot_time: null,
      boot_id: null,
    });
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

  t.test('reads what there is of DMI and of a device tree', async (t) => {
    const dmi = parseDmi(
      new Map([
        ['sys_vendor', 'LENOVO'],
        ['chassis_type', '10'],
        ['product_uuid', 'AB-CD'],
      ]),
    );
    t.match(dmi, { hardware_vendor: 'LENOVO', chassis: 'laptop', uuid: 'ab-cd', board_serial: null });
    t.equal(parseDmi(new Map([['chassis_type', 'constructor']])).chassis, null);
    t.same(
      Object.values(parseDeviceTree(null, null, null)).filter((value) => value !== null),
      [],
    );
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

t.test('platform_info', async (t) => {
  t.test('tells UEFI, BIOS and device tree apart', async (t) => {
    const [server] = await readRows(platformInfo, contextOf('fedora40-server'));
    t.same(server, {
      vendor: 'Dell Inc.',
      version: '2.19.1',
      date: '06/04/2023',
      revision: '2.19',
      firmware_type: 'uefi',
      secure_boot: true,
    });
    const [guest] = await readRows(platformInfo, contextOf('alpine-container'));
    t.match(guest, { firmware_type: 'bios', vendor: 'Amazon EC2', secure_boot: null });
    const [board] = await readRows(platformInfo, contextOf('ubuntu2404-raspberrypi'));
    t.match(board, { firmware_type: 'devicetree', vendor: null });
    t.equal((await readBody(platformInfo, contextOf('debian12-vm'))).outcome, 'no-data');
  });

  t.test('believes the secure boot variable only in its agreed form', async (t) => {
    t.equal(parseSecureBoot(Uint8Array.of(6, 0, 0, 0, 1)), true);
    t.equal(parseSecureBoot(Uint8Array.of(6, 0, 0, 0, 0)), false);
    t.equal(parseSecureBoot(Uint8Array.of(1)), null);
    t.equal(parseSecureBoot(null), null);
  });
});

t.test('memory_devices', async (t) => {
  t.test('lists modules and empty slots', async (t) => {
    const rows = await readRows(memoryDevices, contextOf('fedora40-server'));
    t.equal(rows.length, 3);
    t.same(rows[0], {
      handle: '0x1100',
      device_locator: 'A1',
      bank_locator: null,
      size: 32 * 1024 ** 3,
      form_factor: 'DIMM',
      memory_type: 'DDR4',
      max_speed: 2666,
      configured_clock_speed: 2400,
      manufacturer: '00AD00B300AD',
      serial_number: '3145C51A',
      part_number: 'HMA84GR7AFR4N-VK',
    });
    t.match(rows[2], { device_locator: 'A2', size: 0, max_speed: null, manufacturer: null });
  });

  t.test('is no data where only root may read the table', async (t) => {
    t.match(await readBody(memoryDevices, contextOf('ubuntu2404-raspberrypi')), { outcome: 'no-data' });
  });

  t.test('reads every way of writing a size', async (t) => {
    const size = (low: number, high: number) => {
      const entry = new Uint8Array(0x17 + 2);
      entry.set([17, 0x17, 1, 0]);
      entry.set([low, high], 0x0c);
      return parseMemoryDevices(entry)[0]?.size;
    };
    t.equal(size(0, 4), 1024 ** 3);
    t.equal(size(0, 0x84), 1024 ** 2, 'the highest bit says KiB');
    t.equal(size(0xff, 0xff), null, 'unknown');
    t.equal(size(0xff, 0x7f), null, 'an old entry has no extended size');
  });

  t.test('ends at a torn, endless or foreign table', async () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const rows = parseMemoryDevices(bytes);
        const entries = parseSmbios(bytes);
        return rows.length <= entries.length && entries.length <= bytes.length;
      }),
    );
  });
});

t.test('block_devices', async (t) => {
  const byName = async (system: Parameters<typeof contextOf>[0]) =>
    new Map((await readRows(blockDevices, contextOf(system))).map((row) => [row.name, row]));

  t.test('lists disks, partitions, volumes and RAID with their contents', async (t) => {
    const rows = await byName('fedora40-server');
    t.same(
      [...rows.keys()],
      ['dm-0', 'dm-1', 'md127', 'nvme0n1', 'nvme1n1', 'sda', 'sda1', 'sda2', 'sda3', 'sr0'].map(
        (name) => `/dev/${name}`,
      ),
      'no loop, no compressed memory, no drive without a medium',
    );
    t.match(rows.get('/dev/sda'), {
      kind: 'disk',
      parent: null,
      vendor: 'DELL',
      model: 'PERC H740P Mini',
      rotational: true,
    });
    t.match(rows.get('/dev/sda')?.size, 1_800_360_124_416);
    t.match(rows.get('/dev/sda1'), {
      kind: 'partition',
      parent: '/dev/sda',
      type: 'vfat',
      uuid: '5C1D-9A7E',
      label: 'EFI SYSTEM',
    });
    t.match(rows.get('/dev/nvme0n1'), { serial: 'S64FNE0R812345', block_size: 4096, rotational: false });
    t.match(rows.get('/dev/md127'), { kind: 'raid', parent: '/dev/nvme0n1,/dev/nvme1n1', type: 'ext4' });
    t.match(rows.get('/dev/dm-0'), { kind: 'volume', parent: '/dev/sda3', serial: null });
    t.match(rows.get('/dev/dm-1'), { uuid: '0a4f3b62-55f4-4d0b-8a5e-96b2f0c1d2e3', label: 'SWAP' });
    t.match(rows.get('/dev/sr0'), { kind: 'optical', size: null, removable: true });
  });

  t.test('reads cards and virtual disks', async (t) => {
    const card = await byName('ubuntu2404-raspberrypi');
    t.match(card.get('/dev/mmcblk0'), { model: 'SC32G', serial: '0x3f0a1b2c' });
    t.match(card.get('/dev/mmcblk0p2'), { parent: '/dev/mmcblk0', label: 'writable' });
    const guest = await byName('debian12-vm');
    t.match(guest.get('/dev/vda'), { kind: 'disk', size: 256 * 1024 ** 3, vendor: null });
    t.equal((await readBody(blockDevices, contextOf('alpine-container'))).outcome, 'no-data');
  });

  t.test('takes a door, a number or a drive without a medium for no fact', async (t) => {
    const attributes = new Map([
      ['device/vendor', 'ATA'],
      ['size', '0'],
      ['ro', '2'],
      ['removable', '1'],
    ]);
    const device = {
      name: 'sdc',
      below: [],
      isPartition: false,
      attributes,
      udev: '',
      uuid: null,
      label: 'x',
    };
    t.match(parseBlockDevice(device), {
      vendor: null,
      size: null,
      read_only: null,
      removable: true,
      label: 'x',
    });
    const virtual = {
      ...device,
      attributes: new Map([
        ['device/vendor', '0x1af4'],
        ['size', '9007199254740991'],
      ]),
    };
    t.match(parseBlockDevice(virtual), { vendor: null, size: null });
  });

  t.test('undoes escapes of udev and of the kernel', async (t) => {
    t.equal(unescapeText('EFI\\x20System\\x2f'), 'EFI System/');
    t.equal(unescapeText('/srv/data\\040one\\134'), '/srv/data one\\');
    t.equal(unescapeText('\\303\\274ber'), 'über');
    t.equal(unescapeText('\\x2 \\9 end\\'), '\\x2 \\9 end\\');
  });
});
