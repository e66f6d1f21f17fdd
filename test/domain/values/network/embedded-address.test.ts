import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesIn } from '../../../../src/domain/values/network/embedded-address.js';

describe('the addresses in an address', () => {
  it.each([
    ['10.0.0.5', []],
    ['2001:db8::1', []],
    ['::', []],
    ['::1', []],
    ['::10.0.0.5', ['10.0.0.5']],
    ['::ffff:0:10.0.0.5', ['10.0.0.5']],
    ['64:ff9b::a00:5', ['10.0.0.5']],
    ['64:ff9b:1::a00:5', ['0.0.0.0', '10.0.0.5']],
    ['64:ff9b:1:a00:0:500::', ['10.0.0.5', '0.0.0.0']],
    ['2002:a00:5::', ['10.0.0.5']],
    ['2002:a00:5:1::2', ['10.0.0.5']],
    ['2001:0:c000:201:0:0:f5ff:fffa', ['10.0.0.5', '192.0.2.1']],
    ['fe80::5efe:10.0.0.5', ['10.0.0.5']],
    ['2606:4700::200:5efe:a00:5', ['10.0.0.5']],
    ['2606:4700::300:5efe:a00:5', []],
  ])('of %s are also %j', (text, embedded) => {
    const [, ...found] = addressesIn(text);
    expect(found.sort()).toEqual(embedded.toSorted());
  });

  it('are canonical, without a zone', () => {
    expect(addressesIn('FE80:0::1%eth0')).toEqual(['fe80::1']);
    expect(addressesIn('::ffff:10.0.0.5')).toEqual(['10.0.0.5']);
  });

  it.each(['', 'localhost', '10.0.0.0/8', '2002::/16', '1.2.3'])('of %j are none', (text) => {
    expect(addressesIn(text)).toEqual([]);
  });

  it('never lose the address itself', () => {
    fc.assert(fc.property(fc.ipV6(), (text) => addressesIn(text).length > 0));
  });
});
