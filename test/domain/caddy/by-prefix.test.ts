import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byPrefix } from '../../../src/domain/caddy/by-prefix.js';

const names = fc
  .uniqueArray(fc.stringMatching(/^[ab.]{1,6}$/), { minLength: 1, maxLength: 60 })
  .map((list) => list.sort());
const covers = (name: string) => (beginning: { text: string; isWhole: boolean }) =>
  beginning.isWhole ? name === beginning.text : name.startsWith(beginning.text);

describe('buckets by how names begin', () => {
  it('hold every name once, in the one bucket whose beginnings cover it, and are small', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 9 }), (list, most) => {
        const buckets = byPrefix(list, (name) => name, most);
        expect(buckets.flatMap(({ items }) => items).sort()).toEqual(list);
        for (const bucket of buckets) expect(bucket.items.length).toBeLessThanOrEqual(most);
        for (const name of list) {
          const covering = buckets.filter(({ beginnings }) => beginnings.some(covers(name)));
          expect(covering).toHaveLength(1);
          expect(covering[0]?.items).toContain(name);
        }
      }),
    );
  });
});
