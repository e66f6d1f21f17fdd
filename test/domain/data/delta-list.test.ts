import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDeltaList, deltaListText } from '../../../src/domain/data/delta-list.js';
import { isSame } from '../../../src/domain/data/fields.js';
import { plainRoute } from '../../../src/domain/resources/route.js';

const there = (list: readonly object[]) => parseDeltaList(JSON.parse(deltaListText(list)));

describe('a list of objects that are alike', () => {
  const routes = Array.from({ length: 100 }, (_, at) => ({
    kind: 'Route',
    value: { ...plainRoute(`h${at}.example.com`, '127.0.0.1:1'), middleware: [], headers: { A: 'x' } },
  }));

  it('is the same there and back, and much shorter', () => {
    expect(there(routes)).toEqual(routes);
    expect(deltaListText(routes).length * 4).toBeLessThan(JSON.stringify(routes).length);
  });

  it('has equal parts as one object', () => {
    const [first, second] = there(routes) as typeof routes;
    expect(second?.value.tls).toBe(first?.value.tls);
    expect(there([{ a: 1 }, { a: 1 }])).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it('says the same as plain JSON, whatever it holds', () => {
    const value = fc.oneof(
      fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.jsonValue({ maxDepth: 2 })),
      fc.record({ a: fc.jsonValue({ maxDepth: 1 }), b: fc.record({ c: fc.nat(2), d: fc.option(fc.nat(1)) }) }),
      fc.record({ a: fc.option(fc.nat(1), { nil: undefined }), b: fc.constant(1) }),
    );
    fc.assert(
      fc.property(fc.array(value), (list) => {
        expect(isSame(there(list), JSON.parse(JSON.stringify(list)))).toBe(true);
      }),
    );
  });

  it('tells an absent field from one that another has', () => {
    const list = [
      { b: 1, ['__proto__']: [] },
      { a: undefined, b: 2 },
      { a: undefined, b: 3 },
      { a: 1, b: 3 },
      { a: undefined, b: 3 },
    ];
    expect(there(list)).toEqual(JSON.parse(JSON.stringify(list)));
  });

  const wide = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`f${at}`, at]));

  it('has wide objects whole', () => {
    expect(there([wide, { ...wide, f1: 0 }])).toEqual([wide, { ...wide, f1: 0 }]);
  });

  it.each([
    ['an object', { a: 1 }],
    ['nothing before the first', [{}]],
    ['a value that is none', [[{ a: 1 }], 7]],
    ['an item that is no object', [['x']]],
    ['a field that is not there', [[{ a: 1 }], { b: [1] }]],
    ['the prototype', JSON.parse('[[{"a":1}],{"__proto__":[{"b":1}]}]')],
    ['differences in a value', [[{ a: 1 }], { a: { b: [1] } }]],
    ['two values', [[{ a: 1 }], { a: [1, 2] }]],
    ['a wide object', [[wide], { f1: [0] }]],
  ])('is refused with %s', (_what, parsed) => {
    expect(() => parseDeltaList(JSON.parse(JSON.stringify(parsed)))).toThrow();
  });
});
