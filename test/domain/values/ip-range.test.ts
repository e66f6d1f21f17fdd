import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalRange, mappedRange } from '../../../src/domain/values/ip-range.js';

it.each([
  ['10.0.0.1', '10.0.0.1'],
  ['10.0.0.1/32', '10.0.0.1'],
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['10.255.255.255/9', '10.128.0.0/9'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:DB8::1/32', '2001:db8::/32'],
  ['2001:db8:0:0:0:0:0:1/128', '2001:db8::1'],
  ['fe80::abcd:1/65', 'fe80::/65'],
  ['::/0', '::/0'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
  ['::ffff:10.1.2.3/80', '::/80'],
])('reads %s as %s', (text, canonical) => expect(canonicalRange(text)).toBe(canonical));

it.each([
  '', '10', '10.0.0', '10.0.0.01', '10.0.0.256', '10.0.0.1/33', '10.0.0.1/-1', '10.0.0.1/', '::1/129', '::g', '1::2::3',
  'localhost', '{env.X}', '10.0.0.0/8 ,', 'fe80::1%eth0', '[::1]', '0x7f.1',
])('refuses %j', (text) => expect(canonicalRange(text)).toBeNull()); // prettier-ignore

it('is the same when it is read again', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(address, fc.nat(128), (ip, bits) => {
      const once = canonicalRange(`${ip}/${bits}`);
      if (once !== null) expect(canonicalRange(once)).toBe(once);
      else expect(bits).toBeGreaterThan(32);
    }),
  );
});

it.each([
  ['10.0.0.0/8', '::ffff:10.0.0.0/104'],
  ['203.0.113.7', '::ffff:203.0.113.7/128'],
  ['0.0.0.0/0', '::ffff:0.0.0.0/96'],
  ['2001:db8::/32', null],
])('maps %s to %s', (range, mapped) => {
  expect(mappedRange(range)).toBe(mapped);
});
