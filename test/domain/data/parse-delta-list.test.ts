import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { deltaParser } from '../../../src/domain/data/delta-list.js';
import { plainRoute, routeSchema } from '../../../src/domain/resources/route.js';

describe('many objects of one schema', () => {
  const route = plainRoute('a.example.com', '127.0.0.1:1');

  it.each([
    ['as it is', route],
    ['with a field that is brought in order', { ...route, domain: 'A.Example.com', headers: { 'x-a': '1' } }],
    ['with a field too many', { ...route, evil: 1 }],
    ['without a field', Object.fromEntries(Object.entries(route).filter(([name]) => name !== 'tls'))],
    ['with a field that is wrong', { ...route, upstream: 'no address' }],
    ['with two that are wrong', { ...route, upstream: '', label: '-' }],
    ['that is none', null],
    ['that is a list', [route]],
  ])('are parsed as each alone: %s', (_what, value) => {
    const parse = deltaParser(routeSchema);
    const told = (run: () => unknown) => {
      try {
        return run();
      } catch (error) {
        return (error as z.ZodError).issues;
      }
    };
    for (const one of [value, route, value]) {
      expect(told(() => parse(one))).toEqual(told(() => routeSchema.parse(one)));
    }
  });

  it('look at a value once', () => {
    let looks = 0;
    const schema = z.strictObject({ a: z.string().refine(() => ++looks > 0), b: z.number() });
    const parse = deltaParser(schema);
    for (let b = 0; b < 5; b++) expect(parse({ a: 'x', b })).toEqual({ a: 'x', b });
    expect(looks).toBe(1);
  });

  it('are looked at as a whole where the schema does so', () => {
    const schema = z.strictObject({ a: z.number(), b: z.number() }).refine(({ a, b }) => a < b);
    const parse = deltaParser(schema);
    expect(parse({ a: 1, b: 2 })).toEqual({ a: 1, b: 2 });
    expect(() => parse({ a: 2, b: 1 })).toThrow();
  });
});
