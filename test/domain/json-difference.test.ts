import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSame } from '../../src/domain/fields.js';
import { jsonDifferences } from '../../src/domain/json-difference.js';

describe('differences of two documents', () => {
  it('are named by pointer, whole where one side has nothing', () => {
    const wanted = { a: [1, { 'b/c': 2 }], d: { e: 1 } };
    const found = { a: [1, { 'b/c': 3 }, 9], f: true };
    expect(jsonDifferences(wanted, found)).toEqual([
      { path: '/a/1/b~1c', wanted: 2, found: 3 },
      { path: '/a/2', wanted: undefined, found: 9 },
      { path: '/d', wanted: { e: 1 }, found: undefined },
      { path: '/f', wanted: undefined, found: true },
    ]);
  });

  it('are none exactly where both are equal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(jsonDifferences(a, a)).toEqual([]);
        expect(jsonDifferences(a, b).length === 0).toBe(isSame(a, b));
      }),
    );
  });
});
