import { describe, expect, it } from 'vitest';
import { createSurroundings } from '../../../src/adapters/machine/surroundings.js';
import { checkedAddresses } from '../../../src/adapters/outgoing/checked-addresses.js';

const OWN_PORT = 4222;
const surroundings = createSurroundings(
  {
    home: '/nowhere/hecate',
    proxies: [],
    servers: [{ name: 'NATS', host: '10.7.7.7', port: OWN_PORT }],
    peers: [],
    listening: () => [],
  },
  async () => [],
  async () => [],
);

const check = (host: string, { port = 443, allowsPrivate = true, answers = [] as readonly string[] } = {}) =>
  checkedAddresses(
    {
      ...{ what: 'the webhook', system: 'https://hook', change: 'hecate update webhook' },
      ...{ host, port, allowsPrivate },
    },
    { resolve: async () => answers, surroundings },
  );

/** IPv6 addresses that contain an IPv4 address, whose two halves are given in hex. */
const formsOf = (high: number, low: number) => {
  const [a, b] = [high.toString(16), low.toString(16)];
  const [c, d] = [(high ^ 0xffff).toString(16), (low ^ 0xffff).toString(16)];
  return [
    ...[`::ffff:${a}:${b}`, `::${a}:${b}`, `::ffff:0:${a}:${b}`, `64:ff9b::${a}:${b}`, `64:ff9b:1::${a}:${b}`],
    ...[`2002:${a}:${b}::`, `2002:${a}:${b}:1::5`, `2001:0:5db8:d822:0:0:${c}:${d}`, `2001:0:${a}:${b}::`],
    ...[`2606:4700::5efe:${a}:${b}`, `2606:4700::200:5efe:${a}:${b}`],
  ];
};

describe.each([
  ['written in the URL', (address: string, options: object) => check(`[${address}]`, options)],
  [
    'as the answer of a name',
    (address: string, options: object) => check('hook.test', { ...options, answers: ['93.184.216.34', address] }),
  ],
])('an address %s', (_where, checked) => {
  it.each([
    ...[
      '169.254.169.254',
      '168.63.129.16',
      '100.100.100.200',
      'fd00:ec2::254',
      'fd20:ce::254',
      'fe80::1',
      'fe80::5efe:808:808',
    ],
    ...formsOf(0xa9fe, 0xa9fe),
    ...formsOf(0xa83f, 0x8110),
  ])('of a metadata service is never reached: %s', async (address) => {
    await expect(checked(address, {})).rejects.toThrow('link-local');
  });

  it.each(['10.7.7.7', ...formsOf(0x0a07, 0x0707)])('of a server of Hecate is never reached: %s', async (address) => {
    await expect(checked(address, { port: OWN_PORT })).rejects.toThrow('a server of Hecate itself');
    await expect(checked(address, {})).resolves.toContain(address);
  });

  it.each(['10.7.7.8', ...formsOf(0x0a07, 0x0708)])('of a private network is refused: %s', async (address) => {
    await expect(checked(address, { allowsPrivate: false })).rejects.toThrow('private address');
  });

  it('of the Internet is reached', async () => {
    for (const address of ['93.184.216.34', '2606:4700::1111', '2606:4700::5efe:5db8:d822'])
      await expect(checked(address, { allowsPrivate: false })).resolves.toContain(address);
  });
});
