import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPublicAddress } from '../../../../src/domain/values/network/public-address.js';

it.each(['1.1.1.1', '93.184.216.34', '172.32.0.1', '100.63.255.255', '2606:4700::1111', '::ffff:1.1.1.1'])(
  '%s is public',
  (address) => expect(isPublicAddress(address)).toBe(true),
);

it.each([
  ...['0.0.0.0', '10.0.0.1', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.1.1', '224.0.0.1'],
  ...['255.255.255.255', '198.18.0.1', '::', '::1', 'fe80::1', 'fe80::1%eth0', 'fd00:ec2::254', 'ff02::1'],
  ...['::ffff:10.0.0.1', '::ffff:7f00:1', '::7f00:1', '64:ff9b::10.0.0.1', '2002:a00:1::', '2001:db8::1', '2001::1'],
  ...['2606:4700::5efe:10.0.0.1', '2002:808:808::', '::808:808'],
])('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));

it.each(['example.com', '', '10.0.0.0/8', '1.1.1', '0x7f.1'])('%s is no address', (text) => {
  expect(isPublicAddress(text)).toBeNull();
});

it('answers alike for an IPv4 address that is written as IPv6', () => {
  fc.assert(fc.property(fc.ipV4(), (address) => isPublicAddress(address) === isPublicAddress(`::ffff:${address}`)));
});
