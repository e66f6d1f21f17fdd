import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalRange, mappedRange, uncovered } from '../../../../src/domain/values/network/ip-range.js';

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

describe('ranges that others do not contain', () => {
  it.each([
    [['10.0.0.0/8'], ['10.0.0.0/8'], []],
    [['10.0.0.0/8'], ['10.0.0.0/9'], ['10.0.0.0/8']],
    [['10.0.0.0/8', '10.0.0.1'], ['10.128.0.0/9', '10.0.0.0/9'], []],
    [['10.0.0.0/8'], ['10.0.0.0/9', '10.192.0.0/10'], ['10.0.0.0/8']],
    [['10.0.0.1'], ['0.0.0.0/0'], []],
    [['10.0.0.1'], ['::/0'], ['10.0.0.1']],
    [['2001:db8::/33', '2001:db8:8000::/33'], ['2001:db8::/32'], []],
    [['::/0'], ['::/1', '8000::/1'], []],
    [['10.0.0.1'], [], ['10.0.0.1']],
  ])('among %j and %j are %j', (ranges, others, left) => expect(uncovered(ranges, others)).toEqual(left));

  it('are those with an address that is in none of the others', () => {
    const range = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 32 }));
    const texts = fc.array(
      range.map(([last, bits]) => canonicalRange(`10.0.0.${last}/${bits}`) ?? ''),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(texts, texts, (ranges, others) => {
        const contains = (one: string, address: number) => uncovered([`10.0.0.${address}`], [one]).length === 0;
        const addresses = Array.from({ length: 256 }, (_, index) => index);
        const left = ranges.filter((one) =>
          addresses.some((address) => contains(one, address) && !others.some((other) => contains(other, address))),
        );
        expect(uncovered(ranges, others)).toEqual(left);
      }),
      { numRuns: 50 },
    );
  });
});
