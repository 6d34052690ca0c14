// Tests of the collectors of what runs on the hardware: accounts, units, filesystems, restarts, clocks.
import t from 'tap';
import { compareReleases, flavorOf } from './formats/kernel-release.ts';
import { groups, parseGroups } from './groups.ts';
import { kernelModules, parseModules } from './kernel_modules.ts';
import { mounts, parseMount, parseMounts } from './mounts.ts';
import { decideReboot, parseKernelNames, pendingReboot } from './pending_reboot.ts';
import { parseUnitFile } from './systemd/unit-file.ts';
import { systemdUnits } from './systemd_units.ts';
import { contextAt, contextOf, readBody, readRows } from './testing/readings.ts';
import { parseAdjtime, parseZone, timeSettings } from './time_settings.ts';
import { parseUsers, users } from './users.ts';
import { parseContainer, parseMachine, virtualization } from './virtualization.ts';

t.test('users', async (t) => {
  t.test('lists accounts, and tells people from services', async (t) => {
    const rows = await readRows(users, contextOf('fedora40-server'));
    t.same(
      rows.filter((row) => row.interactive).map((row) => row.username),
      ['ada', 'postgres', 'root', 'toor'],
    );
    t.same(
      rows.find((row) => row.username === 'ada'),
      {
        uid: 1000,
        gid: 1000,
        username: 'ada',
        description: 'Ada Lovelace',
        directory: '/home/ada',
        shell: '/bin/zsh',
        interactive: true,
      },
    );
    t.equal(rows.length, 7, 'lines of directory services and comments are no accounts');
    t.ok((await readRows(users, contextOf('debian12-vm'))).some((row) => row.uid === 0));
  });

  t.test('never shows a password, not even an old one in the file itself', async (t) => {
    const rows = parseUsers('old:$6$salt$hash:7:7::/:/bin/sh\n');
    t.notMatch(JSON.stringify(rows), /salt/);
    t.equal(parseUsers('x:x:notanumber:7:::\n:x:1:1:::\n\nx\n').length, 0);
    t.match(parseUsers('a:x:4294967294:0::::'), [{ uid: 4_294_967_294, shell: '/bin/sh', directory: null }]);
  });
});

t.test('groups', async (t) => {
  const rows = await readRows(groups, contextOf('fedora40-server'));
  t.equal(rows.find((row) => row.groupname === 'wheel')?.members, 'ada,grace');
  t.equal(rows.find((row) => row.groupname === 'empty')?.members, null);
  t.equal((await readRows(groups, contextOf('alpine-container'))).length, 2);
  t.same(parseGroups('g:x:5:b,a,b,,c\n'), parseGroups('g:x:5:c, a,b\n'), 'the order of members is no fact');
});

t.test('systemd_units', async (t) => {
  const rows = await readRows(systemdUnits, contextOf('fedora40-server'));
  const byId = new Map(rows.map((row) => [row.id, row]));

  t.test('names the state of each unit as systemctl does', async (t) => {
    const states = Object.fromEntries(rows.map((row) => [row.id, row.unit_file_state]));
    t.same(states, {
      'backup.mount': 'generated',
      'backup.service': 'linked',
      'chronyd.service': 'enabled',
      'cups.service': 'disabled',
      'cups.socket': 'masked',
      'dbus-org.fedoraproject.FirewallD1.service': 'alias',
      'default.target': 'alias',
      'dnf-makecache.service': 'static',
      'dnf-makecache.timer': 'enabled',
      'empty.service': 'masked',
      'firewalld.service': 'enabled',
      'fstrim.service': 'enabled',
      'graphical.target': 'static',
      'local.service': 'disabled',
      'postgresql@.service': 'enabled',
      'postgresql@main.service': 'enabled',
      'sshd.service': 'enabled',
      'systemd-homed-activate.service': 'indirect',
      'systemd-journald.service': 'static',
    });
  });

  t.test('says of lasting services whether they run, of others nothing', async (t) => {
    t.equal(byId.get('sshd.service')?.active_state, 'active');
    t.equal(byId.get('postgresql@main.service')?.active_state, 'active');
    t.equal(byId.get('firewalld.service')?.active_state, 'inactive');
    for (const id of [
      'fstrim.service',
      'dnf-makecache.timer',
      'systemd-journald.service',
      'postgresql@.service',
    ]) {
      t.equal(byId.get(id)?.active_state, null, id);
    }
  });

  t.test('shows what overrides a unit, whose account it uses, and where it comes from', async (t) => {
    t.equal(byId.get('sshd.service')?.drop_ins, 'override.conf');
    t.equal(byId.get('chronyd.service')?.user, 'chrony');
    t.equal(
      byId.get('postgresql@main.service')?.fragment_path,
      '/usr/lib/systemd/system/postgresql@.service',
    );
    t.equal(byId.get('local.service')?.description, 'Local long description');
  });

  t.test('reads Debian and Ubuntu, and says so where systemd is absent', async (t) => {
    const debian = await readRows(systemdUnits, contextOf('debian12-vm'));
    const states = new Map(debian.map((row) => [row.id, row.unit_file_state]));
    t.equal(states.get('systemd-timesyncd.service'), 'enabled');
    t.equal(states.get('getty@tty1.service'), 'enabled');
    t.equal(states.get('dbus.service'), 'static');
    t.equal(states.get('cryptdisks.service'), 'masked');
    t.ok(
      debian.every((row) => row.active_state === null),
      'systemd does not run that system',
    );
    const ubuntu = await readRows(systemdUnits, contextOf('ubuntu2404-raspberrypi'));
    t.equal(ubuntu.find((row) => row.id === 'ssh.socket')?.unit_file_state, 'enabled');
    t.equal((await readBody(systemdUnits, contextOf('alpine-container'))).outcome, 'no-data');
  });

  t.test('has a stamp that follows the folders', async (t) => {
    const folder = t.testdir({ etc: { systemd: { system: { 'multi-user.target.wants': {} } } } });
    const before = await systemdUnits.stamp?.(contextAt(folder));
    t.equal(await systemdUnits.stamp?.(contextAt(folder)), before);
    t.testdir({ etc: { systemd: { system: { 'multi-user.target.wants': {}, 'new.service': '[Unit]' } } } });
    t.not(await systemdUnits.stamp?.(contextAt(folder)), before);
  });

  t.test('takes the first of equal keys, and no key of a foreign section', async (t) => {
    const file = parseUnitFile(
      '[X-Own]\nUser=evil\nAlias=x\n[Service]\nUser=a\nUser=b\nType = oneshot\n[Install]\nAlso=y\n',
    );
    t.same(file, { description: null, user: 'a', isOneShot: true, install: 'others', isEmpty: false });
    t.equal(parseUnitFile(' \n').isEmpty, true);
  });
});

t.test('mounts', async (t) => {
  t.test('lists disks and shares, and nothing that is kernel, memory, snap, bind or container', async (t) => {
    const rows = await readRows(mounts, contextOf('fedora40-server'));
    t.same(
      rows.map((row) => row.path),
      ['/', '/backup', '/boot', '/boot/efi', '/mnt/win', '/srv/data one'],
    );
    t.match(rows[0], { device: '/dev/mapper/fedora-root', device_alias: '/dev/dm-0', type: 'xfs' });
    t.match(rows[1], { device: 'filer.example.net:/export/db01', type: 'nfs4', size: null });
    t.equal(rows[3]?.flags.split(',').filter((flag) => flag === 'rw').length, 1, 'each option stands once');
    const container = await readRows(mounts, contextOf('alpine-container'));
    t.same(
      container.map((row) => row.path),
      ['/', '/data'],
    );
  });

  t.test(
    'takes rw and ro from the filesystem, not from the view that a service manager gives the agent',
    async (t) => {
      const flags = (line: string) => parseMount(line)?.flags;
      t.equal(
        flags('1 0 8:1 / / ro,nosuid - ext4 /dev/sda1 rw,errors=remount-ro'),
        'rw,nosuid,errors=remount-ro',
      );
      t.equal(flags('1 0 8:1 / /x ro,relatime - iso9660 /dev/sr0 ro'), 'ro,relatime');
      t.equal(flags('1 0 8:1 / /x ro,relatime - iso9660 /dev/sr0'), 'ro,relatime');
    },
  );

  t.test('never asks a network filesystem for its size', async (t) => {
    const asked: string[] = [];
    const context = contextOf('fedora40-server');
    await mounts.collect({
      ...context,
      files: {
        ...context.files,
        statFilesystem: async (path) => {
          asked.push(path);
          return null;
        },
      },
    });
    t.same(asked.sort(), ['/', '/boot', '/boot/efi', '/srv/data one']);
  });

  t.test('the last mount on a path counts, and broken lines are passed over', async (t) => {
    const text = [
      '1 0 8:1 / /data rw - ext4 /dev/sda1 rw',
      '2 0 8:2 / /data rw - xfs /dev/sdb1 rw',
      '3 0 0:40 /@home /home rw - btrfs /dev/sdc rw,subvol=/@home',
      'rubbish',
      '4 0 - ext4',
      '',
    ].join('\n');
    t.match(parseMounts(text), [{ device: '/dev/sdb1' }, { path: '/home' }]);
    t.equal(parseMount(''), null);
  });
});

const quiet = {
  dmi: [],
  cpuinfo: 'flags\t: fpu\n',
  clockSources: 'tsc',
  hypervisorType: null,
  xenCapabilities: null,
  treeHypervisor: null,
};
const guest = { ...quiet, cpuinfo: 'flags\t: fpu hypervisor\n' };

t.test('virtualization', async (t) => {
  t.test('knows the recorded systems', async (t) => {
    const [server] = await readRows(virtualization, contextOf('fedora40-server'));
    t.same(server, { virtual_machine: false, hypervisor: null, container: false, container_runtime: null });
    const [container] = await readRows(virtualization, contextOf('alpine-container'));
    t.same(container, {
      virtual_machine: true,
      hypervisor: 'amazon',
      container: true,
      container_runtime: 'docker',
    });
    const [vm] = await readRows(virtualization, contextOf('debian12-vm'));
    t.match(vm, { virtual_machine: true, hypervisor: 'kvm', container: false });
    const [board] = await readRows(virtualization, contextOf('ubuntu2404-raspberrypi'));
    t.match(board, { virtual_machine: false, container: false });
  });

  t.test('tells hypervisors by whatever they leave', async (t) => {
    const cases: [Parameters<typeof parseMachine>[0], boolean, string | null][] = [
      [{ ...guest, dmi: ['VMware, Inc.'] }, true, 'vmware'],
      [{ ...guest, dmi: ['Microsoft Corporation', 'Virtual Machine'] }, true, 'microsoft'],
      [{ ...quiet, dmi: ['Microsoft Corporation', 'Surface Laptop 5'] }, false, null],
      [{ ...guest, dmi: ['innotek GmbH'] }, true, 'oracle'],
      [{ ...guest, clockSources: 'tsc hyperv_clocksource_tsc_page' }, true, 'microsoft'],
      [guest, true, null],
      [{ ...quiet, hypervisorType: 'xen' }, true, 'xen'],
      [{ ...guest, hypervisorType: 'xen', xenCapabilities: 'control_d' }, false, null],
      [{ ...quiet, dmi: ['Amazon EC2', 'c6a.metal'] }, false, null],
      [{ ...quiet, cpuinfo: 'processor: 0\n', dmi: ['Amazon EC2', 'm6g.metal'] }, false, null],
      [{ ...quiet, cpuinfo: 'processor: 0\n', dmi: ['QEMU'] }, true, 'kvm'],
      [{ ...quiet, cpuinfo: 'processor: 0\n', treeHypervisor: 'linux,kvm' }, true, 'kvm'],
    ];
    for (const [marks, virtual, hypervisor] of cases) t.same(parseMachine(marks), { virtual, hypervisor });
  });

  t.test('tells containers by the marks of their runtime', async (t) => {
    const none = {
      runtime: null,
      hasDockerFile: false,
      hasContainerFile: false,
      cgroup: '0::/',
      mounts: null,
      kernelRelease: '6.1.0-21-amd64',
      hasKubernetes: false,
    };
    t.equal(parseContainer(none), null);
    t.equal(parseContainer({ ...none, runtime: 'systemd-nspawn' }), 'systemd-nspawn');
    t.equal(parseContainer({ ...none, hasContainerFile: true }), 'podman');
    t.equal(parseContainer({ ...none, hasDockerFile: true, hasKubernetes: true }), 'kubernetes');
    t.equal(parseContainer({ ...none, cgroup: '3:cpu:/docker/0123' }), 'docker');
    t.equal(parseContainer({ ...none, cgroup: '3:cpu:/kubepods/burstable/x' }), 'kubernetes');
    t.equal(parseContainer({ ...none, kernelRelease: '5.15.153.1-microsoft-standard-WSL2' }), 'wsl');
    const disk = '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw';
    t.equal(
      parseContainer({ ...none, hasDockerFile: true, mounts: disk }),
      null,
      'an image started as a machine',
    );
    t.equal(
      parseContainer({ ...none, hasDockerFile: true, mounts: '1 0 0:62 / / rw - overlay overlay rw' }),
      'docker',
    );
  });
});

t.test('pending_reboot', async (t) => {
  t.test('sees newer kernels and the marks of package managers', async (t) => {
    const [fedora] = await readRows(pendingReboot, contextOf('fedora40-server'));
    t.match(fedora, { reboot_required: true, newest_kernel: '6.8.10-300.fc40.x86_64', packages: null });
    t.match(fedora?.reason, /6\.8\.10.* is installed, 6\.8\.9.* is running/);
    const [ubuntu] = await readRows(pendingReboot, contextOf('ubuntu2404-raspberrypi'));
    t.match(ubuntu, { reboot_required: true, packages: 'libc6,linux-base,linux-image-6.8.0-1005-raspi' });
    const [debian] = await readRows(pendingReboot, contextOf('debian12-vm'));
    t.same(debian, {
      reboot_required: false,
      reason: null,
      packages: null,
      running_kernel: '6.18.44-fc-v669',
      newest_kernel: null,
    });
  });

  t.test('compares kernels of one flavor only', async (t) => {
    const facts = { mark: null, packages: null, modulesPresent: true };
    const running = '6.1.0-18-amd64';
    t.equal(
      decideReboot({ ...facts, running, installed: [running, '6.1.0-21-cloud-amd64'] }).reboot_required,
      false,
    );
    t.equal(
      decideReboot({ ...facts, running, installed: [running, '6.1.0-9-amd64'] }).reboot_required,
      false,
    );
    t.equal(
      decideReboot({ ...facts, running, installed: [running, '6.1.0-21-amd64'] }).newest_kernel,
      '6.1.0-21-amd64',
    );
    t.match(
      decideReboot({ ...facts, running, installed: [], modulesPresent: false }).reason,
      /modules .* removed/,
    );
  });

  t.test('orders releases by their numbers', async (t) => {
    const ordered = [
      '5.14.0-427.el9',
      '6.1.0-9-amd64',
      '6.1.0-21-amd64',
      '6.8.9-300.fc40',
      '6.8.10-300.fc40',
      '6.8.10-301.fc40',
    ];
    t.same(ordered.toReversed().sort(compareReleases), ordered);
    t.equal(compareReleases('6.1', '6.1'), 0);
    t.ok(
      compareReleases('6.1-rc1', '6.1-rc2') < 0 &&
        compareReleases('6.1-a', '6.1-b') < 0 &&
        compareReleases('6.1', '6.1.1') < 0,
    );
    t.equal(flavorOf('6.8.0-31-generic'), 'generic');
    t.equal(flavorOf('5.14.0-427.el9.x86_64+debug'), 'debug');
    t.same(
      parseKernelNames([
        'vmlinuz-0-rescue-abc',
        'vmlinuz',
        'vmlinuz-lts',
        'vmlinuz-6.1.0',
        'vmlinux-6.2',
        'config-6.3',
      ]),
      ['6.1.0', '6.2'],
    );
  });
});

t.test('time_settings', async (t) => {
  t.test('reads zone, clocks and who keeps them right', async (t) => {
    const [fedora] = await readRows(timeSettings, contextOf('fedora40-server'));
    t.same(fedora, {
      timezone: 'Europe/Berlin',
      clock_source: 'tsc',
      hardware_clock: 'local',
      synchronized_by: 'chronyd',
    });
    const [ubuntu] = await readRows(timeSettings, contextOf('ubuntu2404-raspberrypi'));
    t.match(ubuntu, {
      timezone: 'Europe/Vienna',
      clock_source: 'arch_sys_counter',
      synchronized_by: 'systemd-timesyncd',
    });
    const [alpine] = await readRows(timeSettings, contextOf('alpine-container'));
    t.match(alpine, { timezone: 'UTC', hardware_clock: 'utc', synchronized_by: null });
  });

  t.test('takes a zone only by an IANA name', async (t) => {
    t.equal(
      parseZone('/usr/share/zoneinfo/America/Argentina/Buenos_Aires'),
      'America/Argentina/Buenos_Aires',
    );
    t.equal(parseZone('../usr/share/zoneinfo/posix/Etc/GMT+5'), 'Etc/GMT+5');
    for (const link of ['/etc/my-zone', '/usr/share/zoneinfo/../../x', '/usr/share/zoneinfo/<b>', null])
      t.equal(parseZone(link), null);
    t.equal(parseAdjtime('0\n0\nUTC\n'), 'utc');
  });
});

t.test('kernel_modules', async (t) => {
  const rows = await readRows(kernelModules, contextOf('fedora40-server'));
  t.match(
    rows.find((row) => row.name === 'nvidia'),
    { size: 62_738_432, taint: 'PO' },
  );
  t.match(
    rows.find((row) => row.name === 'tls'),
    { taint: null },
  );
  t.equal((await readRows(kernelModules, contextOf('ubuntu2404-raspberrypi'))).length, 3);
  t.equal(
    (await readBody(kernelModules, contextOf('debian12-vm'))).outcome,
    'no-data',
    'a kernel without modules',
  );
  t.same(parseModules('x 16384 0 - Loading 0x0 (OE+)\nbroken\ny z 0\n'), [
    { name: 'x', size: 16384, taint: 'OE' },
  ]);
});
