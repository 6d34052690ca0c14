// Tests of the collectors of interfaces, addresses, routes and name servers.
import fc from 'fast-check';
import t from 'tap';
import { readAddresses } from '../platform/addresses.ts';
import { dnsResolvers, parseResolvers } from './dns_resolvers.ts';
import { belongsToGuest, nameInterfaceType } from './formats/interfaces.ts';
import { maskOfPrefix, parseIpv4Hex, parseIpv6Hex, prefixOfMask, scopeOf } from './formats/ip-address.ts';
import { interfaceAddresses, parseIpv4Addresses, parseIpv6Addresses } from './interface_addresses.ts';
import { interfaceDetails, parseInterface } from './interface_details.ts';
import { parseIpv4Routes, parseIpv6Routes, routes } from './routes.ts';
import { contextOf, readBody, readRows } from './testing/readings.ts';

const cable = {
  name: 'eth0',
  linkType: 1,
  deviceType: null,
  hasHardware: true,
  isTunnel: false,
  isLinked: false,
  master: null,
};

t.test('interface_details', async (t) => {
  t.test('describes hardware, bonds, VLANs and tunnels', async (t) => {
    const rows = new Map(
      (await readRows(interfaceDetails, contextOf('fedora40-server'))).map((row) => [row.interface, row]),
    );
    t.same([...rows.keys()], ['bond0', 'bond0.120', 'eno1', 'eno2', 'eno3', 'lo', 'podman0', 'wg0']);
    t.same(rows.get('eno1'), {
      interface: 'eno1',
      mac: 'e4:43:4b:0a:11:22',
      type: 'ethernet',
      mtu: 9000,
      flags: 0x1803,
      operstate: 'up',
      link_speed: 10_000,
      duplex: 'full',
      driver: 'i40e',
      pci_slot: '0000:19:00.0',
      master: 'bond0',
    });
    t.match(rows.get('eno3'), { operstate: 'down', link_speed: null, duplex: null });
    t.same(
      ['bond0', 'bond0.120', 'podman0', 'wg0', 'lo'].map((name) => rows.get(name)?.type),
      ['bond', 'vlan', 'bridge', 'tunnel', 'loopback'],
    );
    t.equal(rows.get('lo')?.mac, null, 'zeros are no address');
  });

  t.test('describes a small board and a container', async (t) => {
    const board = await readRows(interfaceDetails, contextOf('ubuntu2404-raspberrypi'));
    t.match(
      board.find((row) => row.interface === 'wlan0'),
      { type: 'wifi', driver: 'brcmfmac', link_speed: null },
    );
    const container = await readRows(interfaceDetails, contextOf('alpine-container'));
    t.match(
      container.find((row) => row.interface === 'eth0'),
      { type: 'virtual', driver: null, mac: '02:42:ac:11:00:02' },
    );
  });

  t.test('leaves out the ends that guests are plugged into, and nothing else', async (t) => {
    const pair = { ...cable, hasHardware: false, isLinked: true };
    t.equal(belongsToGuest({ ...pair, name: 'veth12ab', master: 'docker0' }), true);
    t.equal(belongsToGuest({ ...pair, name: 'cali0a1b2c' }), true);
    t.equal(
      belongsToGuest({ ...pair, name: 'vnet3', isLinked: false, isTunnel: true, master: 'virbr0' }),
      true,
    );
    t.equal(belongsToGuest({ ...pair, name: 'eth0' }), false, 'the own end inside a container');
    t.equal(belongsToGuest({ ...cable, master: 'br0' }), false, 'hardware in a bridge');
    t.equal(belongsToGuest({ ...pair, deviceType: 'vlan', master: 'br0' }), false);
    t.equal(belongsToGuest({ ...pair, name: 'tun0', isLinked: false, isTunnel: true }), false, 'a VPN');
    t.equal(nameInterfaceType({ ...pair, isTunnel: true }), 'tunnel');
  });

  t.test('takes what a driver answers without a cable for no data', async (t) => {
    const texts = (operstate: string, speed: string) => ({
      attributes: new Map([
        ['operstate', operstate],
        ['speed', speed],
        ['flags', '0x1z'],
      ]),
      driver: null,
      pciSlot: null,
    });
    t.equal(parseInterface(cable, texts('up', '-1')).link_speed, null);
    t.equal(parseInterface(cable, texts('down', '1000')).link_speed, null);
    t.match(parseInterface(cable, texts('up', '2500')), {
      link_speed: 2500,
      flags: null,
      mtu: null,
      mac: null,
    });
  });
});

t.test('interface_addresses', async (t) => {
  t.test('joins what the system lists with the flags of IPv6', async (t) => {
    const context = {
      ...contextOf('fedora40-server'),
      addresses: () => [
        { interface: 'bond0.120', address: '198.51.100.21', mask: '255.255.255.0' },
        { interface: 'bond0.120', address: '2001:db8:0:5::a1', mask: 'ffff:ffff:ffff:ffff::' },
        { interface: 'veth0', address: '169.254.9.9', mask: '255.255.0.0' },
        { interface: 'lo', address: '127.0.0.1', mask: '255.0.0.0' },
      ],
    };
    const rows = await readRows(interfaceAddresses, context);
    t.same(
      rows.map(({ interface: name, address, prefix_length, scope }) => [name, address, prefix_length, scope]),
      [
        ['bond0.120', '198.51.100.21', 24, 'global'],
        ['bond0.120', '2001:db8:0:5::a1', 64, 'global'],
        ['bond0.120', 'fe80::e643:4bff:fe0a:1122', 64, 'link'],
        ['lo', '127.0.0.1', 8, 'host'],
        ['lo', '::1', 128, 'host'],
        ['wg0', 'fd12::1', 64, 'private'],
      ],
      'no temporary address, none of a guest, none twice',
    );
    const board = await readRows(interfaceAddresses, contextOf('ubuntu2404-raspberrypi'));
    t.same(
      board.map((row) => row.address),
      ['::1', 'fe80::dea6:32ff:fe01:204'],
    );
    t.equal((await readBody(interfaceAddresses, contextOf('alpine-container'))).outcome, 'no-data');
  });

  t.test('passes broken lines over', async (t) => {
    t.same(
      parseIpv6Addresses('zz 01 40 00 80 eth0\n\nfe80 01\n00000000000000000000000000000001 01 ff 10 80 lo'),
      [],
    );
    t.same(parseIpv4Addresses([{ interface: 'x', address: 'fe80::1', mask: '' }]), []);
    t.equal(
      parseIpv4Addresses([{ interface: 'x', address: '10.0.0.1', mask: '255.0.255.0' }])[0]?.prefix_length,
      null,
    );
  });

  t.test('lists this machine, without starting a process', async (t) => {
    const addresses = readAddresses();
    t.ok(addresses.some(({ address }) => address === '127.0.0.1'));
    for (const { interface: name, mask } of addresses) t.ok(name.length > 0 && mask.length > 0);
  });
});

t.test('addresses in the kernel’s forms', async (t) => {
  t.test('IPv6 comes out in the one short form of RFC 5952', async () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 }),
        (groups) => {
          const hex = groups.map((group) => group.toString(16).padStart(4, '0')).join('');
          const full = groups.map((group) => group.toString(16)).join(':');
          // The URL parser is an independent implementation of the same form.
          return `[${parseIpv6Hex(hex)}]` === new URL(`http://[${full}]/`).hostname;
        },
      ),
      { numRuns: 500 },
    );
  });

  t.test('IPv4 and masks', async (t) => {
    t.equal(parseIpv4Hex('010200C0'), '192.0.2.1');
    for (const hex of [undefined, '', '0102', 'gg0200C0']) t.equal(parseIpv4Hex(hex), null);
    t.same(
      ['0.0.0.0', '255.255.255.255', '255.255.255.0', '255.0.255.0', '1.2.3', '256.0.0.0'].map(prefixOfMask),
      [0, 32, 24, null, null, null],
    );
    t.same([0, 10, 64, 128].map(maskOfPrefix), [
      '::',
      'ffc0::',
      'ffff:ffff:ffff:ffff::',
      'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    ]);
  });

  t.test('scopes', async (t) => {
    const scopes = {
      '127.0.0.53': 'host',
      '::1': 'host',
      '169.254.1.1': 'link',
      'fe80::1': 'link',
      '10.0.0.1': 'private',
      '172.31.0.1': 'private',
      '172.32.0.1': 'global',
      '100.64.0.1': 'private',
      '100.128.0.1': 'global',
      'fd00::1': 'private',
      '2001:db8::1': 'global',
      '192.168.1.1': 'private',
    };
    for (const [address, scope] of Object.entries(scopes)) t.equal(scopeOf(address), scope, address);
  });
});

t.test('routes', async (t) => {
  t.test('shows gateways and networks, not single containers', async (t) => {
    const rows = await readRows(routes, contextOf('fedora40-server'));
    t.match(rows[0], {
      destination: '0.0.0.0',
      netmask: 0,
      gateway: '198.51.100.1',
      interface: 'bond0.120',
      metric: 400,
      type: 'gateway',
    });
    t.match(
      rows.find((row) => row.destination === '::'),
      { gateway: 'fe80::1', netmask: 0 },
    );
    t.match(
      rows.find((row) => row.destination === '10.88.0.0'),
      { gateway: null, type: 'local', netmask: 16 },
    );
    t.notOk(
      rows.some((row) => row.netmask === 32 || row.netmask === 128 || row.destination.startsWith('fe80')),
    );
    t.equal((await readRows(routes, contextOf('alpine-container'))).length, 2);
  });

  t.test('stays bounded on a router with everything in its table', async (t) => {
    const line = 'eth0\t00000A0A\t010200C0\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n';
    const context = contextOf('alpine-container');
    const files = { ...context.files, readText: async () => line.repeat(50_000) };
    t.equal((await readRows(routes, { ...context, files })).length, 1000);
  });

  t.test('passes rejects, caches and broken lines over', async (t) => {
    t.same(
      parseIpv4Routes(
        'Iface\tDestination\neth0\t00000000\t00000000\t0201\t0\t0\t0\t00000000\neth0\tzz\t00000000\t0001',
      ),
      [],
    );
    t.same(parseIpv6Routes('00 00\n'), []);
  });
});

t.test('dns_resolvers', async (t) => {
  t.test('looks behind the local stub', async (t) => {
    const rows = await readRows(dnsResolvers, contextOf('fedora40-server'));
    t.same(
      rows.filter((row) => row.type === 'nameserver').map((row) => row.address),
      ['198.51.100.53', '2001:db8:5::53'],
    );
    t.ok(rows.some((row) => row.type === 'options' && row.address === 'edns0'));
    const [plain] = await readRows(dnsResolvers, contextOf('ubuntu2404-raspberrypi'));
    t.match(plain, { id: 0, type: 'nameserver', address: '10.10.10.1', source: '/etc/resolv.conf' });
  });

  t.test('reads as the C library does', async (t) => {
    const text =
      '# x\n; y\nnameserver 192.0.2.1 # first\nsearch a.example b.example\ndomain c.example\nsortlist 1\n';
    t.same(
      parseResolvers(text, 'f').map(({ type, address }) => `${type} ${address}`),
      ['nameserver 192.0.2.1', 'search c.example'],
    );
    t.equal(parseResolvers('nameserver 192.0.2.1\n'.repeat(1000), 'f').length, 32);
  });
});
