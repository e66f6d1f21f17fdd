import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldDifferences, isSame, takeBack } from '../../../src/domain/data/fields.js';

describe('a difference', () => {
  it('names nested fields by path, and arrays as a whole', () => {
    const before = { upstream: 'a:1', headers: { A: '1', B: '2' }, list: [1, 2], check: null };
    const after = { upstream: 'a:1', headers: { A: '9', C: '3' }, list: [2, 1], check: { path: '/h' } };
    expect(fieldDifferences(before, after)).toEqual([
      { path: 'headers.A', before: '1', after: '9' },
      { path: 'headers.B', before: '2', after: undefined },
      { path: 'headers.C', before: undefined, after: '3' },
      { path: 'list', before: [1, 2], after: [2, 1] },
      { path: 'check', before: null, after: { path: '/h' } },
    ]);
  });

  it('takes no name for there that every object knows', () => {
    const added = { path: 'constructor', before: undefined, after: 'c' };
    expect(fieldDifferences({}, { constructor: 'c' })).toEqual([added]);
  });

  it('does not mind the order of fields, but that of items', () => {
    expect(isSame({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 })).toBe(true);
    expect(isSame([1, 2], [2, 1])).toBe(false);
    expect(isSame({ a: undefined }, {})).toBe(true);
    expect(isSame(null, {})).toBe(false);
  });

  it('may leave out a field, of the objects themselves only', () => {
    expect(isSame({ a: 1, b: 2 }, { a: 1, b: 3 }, 'b')).toBe(true);
    expect(isSame({ a: 1, b: 2 }, { a: 1 }, 'b')).toBe(true);
    expect(isSame({ a: 1 }, { a: 1, b: 3 }, 'b')).toBe(true);
    expect(isSame({ a: 1, b: 2 }, { a: 2, b: 2 }, 'b')).toBe(false);
    expect(isSame({ a: { b: 1 } }, { a: { b: 2 } }, 'b')).toBe(false);
  });

  it.each(['constructor', 'toString', 'a'])('sees a field named %s on either side', (name) => {
    expect(isSame({ [name]: 'x' }, {})).toBe(false);
    expect(isSame({}, { [name]: 'x' })).toBe(false);
    expect(isSame({ [name]: 'x' }, { [name]: 'x' })).toBe(true);
  });

  it('compares a field named __proto__, as JSON has it, and not the prototype', () => {
    const named = (value: unknown) => JSON.parse(`{"__proto__":${JSON.stringify(value)}}`) as unknown;
    for (const value of [{}, null, 'x', []]) {
      expect(isSame(named(value), {})).toBe(false);
      expect(isSame({}, named(value))).toBe(false);
      expect(isSame(named(value), named(value))).toBe(true);
      expect(isSame(named(value), named({ a: 1 }))).toBe(false);
    }
  });

  it('is one of JSON texts with sorted names', () => {
    const value = fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as unknown);
    const sorted = (one: unknown): unknown => {
      if (Array.isArray(one)) return one.map(sorted);
      if (typeof one !== 'object' || one === null) return one;
      return Object.fromEntries(
        Object.entries(one)
          .sort()
          .map(([name, inner]) => [name, sorted(inner)]),
      );
    };
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(isSame(a, b)).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
        expect(isSame(a, structuredClone(a))).toBe(true);
      }),
    );
  });
});

describe('taking a change back', () => {
  const before = { upstream: 'a:1', headers: { A: '1' }, check: null, list: [1] };
  const after = { upstream: 'b:1', headers: { A: '2', B: '1' }, check: { path: '/h', interval: '30s' }, list: [1, 2] };

  it('takes away again what has a name that every object knows', () => {
    const change = { before: { headers: {} }, after: { headers: { constructor: 'c' } } };
    expect(takeBack(change, change.after).value).toEqual({ headers: {} });
  });

  it('takes away and gives back a field named __proto__', () => {
    const parsed = (text: string) => JSON.parse(text) as unknown;
    const [without, has] = [parsed('{"headers":{}}'), parsed('{"headers":{"__proto__":"x"}}')];
    expect(JSON.stringify(takeBack({ before: without, after: has }, has).value)).toBe('{"headers":{}}');
    expect(JSON.stringify(takeBack({ before: has, after: without }, without).value)).toBe(JSON.stringify(has));
  });

  it('gives back every field that nobody touched since', () => {
    expect(takeBack({ before, after }, after)).toMatchObject({ value: before, kept: [] });
  });

  it.each([
    [
      'a plain field',
      { ...after, upstream: 'c:1' },
      { ...before, upstream: 'c:1' },
      [{ path: 'upstream', value: 'c:1' }],
    ],
    [
      'one header of two',
      { ...after, headers: { A: '3', B: '1' } },
      { ...before, headers: { A: '3' } },
      [{ path: 'headers.A', value: '3' }],
    ],
    [
      'a header that came later',
      { ...after, headers: { A: '2', B: '1', C: '1' } },
      { ...before, headers: { A: '1', C: '1' } },
      [],
    ],
    [
      'an array as a whole',
      { ...after, list: [1, 2, 3] },
      { ...before, list: [1, 2, 3] },
      [{ path: 'list', value: [1, 2, 3] }],
    ],
    [
      'an object that was not there before, as a whole',
      { ...after, check: { path: '/h', interval: '5s' } },
      { ...before, check: { path: '/h', interval: '5s' } },
      [{ path: 'check', value: { path: '/h', interval: '5s' } }],
    ],
  ])('keeps what was set later: %s', (_what, now, value, kept) => {
    expect(takeBack({ before, after }, now)).toMatchObject({ value, kept });
  });

  it('keeps a certificate in one piece', () => {
    const [x, y, z] = ['x', 'y', 'z'].map((fingerprint) => ({
      tls: { certificate: { fingerprint, notAfter: '2030' } },
    }));
    expect(
      takeBack({ before: x, after: { tls: { certificate: { fingerprint: 'y', notAfter: '2031' } } } }, z),
    ).toMatchObject({
      value: z,
      kept: [{ path: 'tls.certificate' }],
    });
    expect(takeBack({ before: x, after: y }, y).value).toEqual(x);
  });

  it('is the inverse when nothing came after, and does nothing a second time', () => {
    const value = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.integer({ max: 3 }), fc.dictionary(fc.constantFrom('x', 'y'), fc.boolean()), fc.array(fc.nat(2)))); // prettier-ignore
    fc.assert(
      fc.property(value, value, value, (old, changed, now) => {
        expect(isSame(takeBack({ before: old, after: changed }, changed).value, old)).toBe(true);
        const once = takeBack({ before: old, after: changed }, now).value;
        expect(isSame(takeBack({ before: old, after: changed }, once).value, once)).toBe(true);
      }),
    );
  });
});
