import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestOf, readManifest } from '../../../../src/domain/manifests/manifest.js';
import type { Winner } from '../../../../src/domain/manifests/merge/fields.js';
import { differencesOf, mergeResource, type MergedResource } from '../../../../src/domain/manifests/merge/resource.js';
import type { BaseKind } from '../../../../src/domain/log/base-kinds.js';
import { definitionOf, type ResourceKinds } from '../../../../src/domain/resources/kinds.js';
import { plainRoute, type Route } from '../../../../src/domain/resources/route.js';
import { plainUpstream } from '../../../../src/domain/resources/upstream.js';
import { anyPolicy, anyRoute, anyUpstream } from '../../../builders/values.js';

type Value = ResourceKinds[BaseKind];

const route = (more: Partial<Route> = {}): Route => ({ ...plainRoute('a.example.com', 'localhost:3000'), ...more });
const merge = (base: Route | null | undefined, ours: Route | null, theirs: Route | null, winner: Winner = 'theirs') =>
  mergeResource('Route', { base, ours, theirs }, winner);
const outcomes = ({ fields }: MergedResource) => Object.fromEntries(fields.map((one) => [one.path, one.outcome]));

describe('merging a route', () => {
  it('takes what only Git changed, and keeps what only the log changed', () => {
    const merged = merge(route(), route({ upstream: 'localhost:4000' }), route({ requireMFA: true }));
    expect(merged.value).toEqual(route({ upstream: 'localhost:4000', requireMFA: true }));
    expect(outcomes(merged)).toEqual({ upstream: 'ahead', requireMFA: 'taken' });
    expect(merged.said).toEqual(route({ requireMFA: true }));
  });

  it('gives a conflict to the winner, and remembers the base of what is held', () => {
    const sides = [route(), route({ upstream: 'localhost:4000' }), route({ upstream: 'localhost:5000' })] as const;
    const [byPerson, bySchedule] = [merge(...sides, 'theirs'), merge(...sides, 'ours')];
    expect([byPerson.value, byPerson.said]).toEqual([sides[2], sides[2]]);
    expect([bySchedule.value, bySchedule.said]).toEqual([sides[1], sides[0]]);
    for (const merged of [byPerson, bySchedule]) expect(outcomes(merged)).toEqual({ upstream: 'conflict' });
    expect(outcomes(merge(bySchedule.said as Route, sides[1], sides[2], 'ours'))).toEqual({ upstream: 'conflict' });
  });

  it('finds no conflict where both made the same change', () => {
    const both = route({ upstream: 'localhost:4000' });
    expect(merge(route(), both, both)).toMatchObject({ value: both, fields: [] });
  });

  it('merges headers by name whatever their case, and middleware by kind', () => {
    const merged = merge(
      route({ headers: { 'X-A': '1', 'X-B': '1' }, middleware: ['rate-limit:100/minute', 'compression'] }),
      route({ headers: { 'x-a': '2', 'X-B': '1' }, middleware: ['basic-auth:team', 'rate-limit:100/minute'] }),
      route({ headers: { 'X-A': '1', 'X-C': '3' }, middleware: ['rate-limit:5/minute', 'compression'] }),
    );
    expect(merged.value).toMatchObject({
      headers: { 'X-A': '2', 'X-C': '3' },
      middleware: ['basic-auth:team', 'rate-limit:5/minute'],
    });
    expect(outcomes(merged)).toEqual({
      'headers.X-A': 'ahead',
      'headers.X-B': 'taken',
      'headers.X-C': 'taken',
      'middleware[basic-auth]': 'ahead',
      'middleware[rate-limit:minute ip]': 'taken',
      'middleware[compression]': 'ahead',
    });
  });

  it('keeps the order that one side gave to a list', () => {
    const [two, turned] = [
      ['request-id', 'rate-limit:5/minute'],
      ['rate-limit:5/minute', 'request-id'],
    ];
    const ours = merge(route({ middleware: two }), route({ middleware: turned }), route({ middleware: [...two, 'compression'] })); // prettier-ignore
    expect(ours.value).toMatchObject({ middleware: [...turned, 'compression'] });
    expect(outcomes(ours)).toMatchObject({ 'middleware (order)': 'ahead' });
    const theirs = merge(route({ middleware: two }), route({ middleware: [...two, 'compression'] }), route({ middleware: turned })); // prettier-ignore
    expect(theirs.value).toMatchObject({ middleware: [...turned, 'compression'] });
  });

  it('puts middleware of both sides in its usual order when it does not fit otherwise', () => {
    const [ours, theirs] = [route({ middleware: ['compression'] }), route({ middleware: ['rate-limit:5/minute'] })];
    expect(merge(route(), ours, theirs).value).toMatchObject({ middleware: ['rate-limit:5/minute', 'compression'] });
    const first = ['redirect:302:https://b.example.com'];
    const merged = merge(route(), route({ middleware: first }), route({ middleware: ['maintenance'] }));
    expect(merged.value).toMatchObject({ middleware: ['maintenance', ...first] });
  });

  it('takes the winner’s value where fields of both sides contradict each other', () => {
    const base = route({ backupUpstream: 'b:1' });
    const [ours, theirs] = [{ ...base, autoFailover: true }, route()];
    const merged = merge(base, ours, theirs);
    expect(merged.value).toEqual(theirs);
    expect(outcomes(merged)).toEqual({ autoFailover: 'conflict', backupUpstream: 'conflict' });
    expect(merge(base, ours, theirs, 'ours').value).toEqual(ours);
  });

  it('treats a value that the source never described as a conflict in every field that differs', () => {
    const merged = merge(undefined, route({ headers: { 'X-A': '1' } }), route({ requireMFA: true }));
    expect(outcomes(merged)).toEqual({ 'headers.X-A': 'conflict', requireMFA: 'conflict' });
  });

  it('leaves deleted what only the log deleted, and deletes what only Git deleted', () => {
    expect(merge(route(), null, route())).toMatchObject({ value: null, said: route(), fields: [{ outcome: 'ahead' }] });
    expect(merge(route(), route(), null)).toMatchObject({ value: null, fields: [{ outcome: 'taken' }] });
  });

  it('finds a conflict where one side deleted and the other changed', () => {
    const changed = route({ upstream: 'localhost:4000' });
    expect(merge(route(), null, changed)).toMatchObject({
      value: changed,
      fields: [{ path: '', outcome: 'conflict' }],
    });
    expect(merge(route(), null, changed, 'ours')).toMatchObject({ value: null, said: route() });
    const gone = merge(route(), changed, null);
    expect(gone).toMatchObject({ value: null, fields: [{ path: 'upstream', ours: 'localhost:4000' }] });
    expect(merge(route(), changed, null, 'ours')).toMatchObject({ value: changed, said: route() });
  });
});

it('merges the servers of an upstream by address', () => {
  const pool = (...servers: [string, number][]) =>
    plainUpstream('pool', servers.map(([address, weight]) => ({ address, weight }))); // prettier-ignore
  const sides = { base: pool(['a:1', 1], ['b:1', 1]), ours: pool(['a:1', 5], ['b:1', 1]), theirs: pool(['a:1', 1], ['c:1', 1]) }; // prettier-ignore
  const merged = mergeResource('Upstream', sides, 'theirs');
  expect(merged.value).toEqual(pool(['a:1', 5], ['c:1', 1]));
  expect(merged.fields.map(({ path }) => path)).toEqual(['servers[a:1].weight', 'servers[b:1]', 'servers[c:1]']);
});

it('compares a list as a whole when its merged items do not fit together', () => {
  const pool = (...addresses: string[]) => plainUpstream('pool', addresses.map((address) => ({ address, weight: 1 }))); // prettier-ignore
  const sides = { base: pool('a:1'), ours: pool('a:1', 'b:1'), theirs: pool('https://c:1') };
  const merged = mergeResource('Upstream', sides, 'theirs');
  expect(merged.value).toEqual(sides.theirs);
  expect(merged.fields.map(({ path, outcome }) => `${outcome} ${path}`)).toEqual(['conflict servers']);
});

/** Three values of one resource: each of the two sides changed any of the base's fields, or deleted the resource. */
function threeSides<V extends Value>(kind: BaseKind, any: fc.Arbitrary<V>) {
  const mixed = (base: V, other: V, mask: readonly boolean[]) =>
    Object.fromEntries(
      Object.entries(base).map(([name, value], index) => [
        name,
        ['domain', 'name'].includes(name) || !mask[index] ? value : other[name as keyof V],
      ]),
    ) as unknown as V;
  const mask = fc.array(fc.boolean(), { minLength: 12, maxLength: 12 });
  return fc
    .tuple(any, any, any, mask, mask, fc.integer({ min: 0, max: 9 }))
    .map(([base, a, b, left, right, deleted]) => ({
      base,
      ours: deleted === 0 ? null : mixed(base, a, left),
      theirs: deleted === 1 ? null : mixed(base, b, right),
    }))
    .filter(({ ours, theirs }) => [ours, theirs].every((one) => one === null || isValid(kind, one)));
}

function isValid(kind: BaseKind, value: Value): boolean {
  const read = definitionOf(kind).schema.safeParse(value);
  return read.success && !Array.isArray(readManifest(manifestOf(kind, value as never)));
}

/** Returns true when one of two paths leads through the other. */
const covers = (a: string, b: string) => a === '' || b === '' || isWithin(a, b) || isWithin(b, a);
const isWithin = (inner: string, outer: string) => inner === outer || ['.', '[', ' '].some((end) => inner.startsWith(outer + end)); // prettier-ignore

describe.each<[BaseKind, fc.Arbitrary<Value>]>([
  ['Route', anyRoute],
  ['Upstream', anyUpstream],
  ['AuthPolicy', anyPolicy],
])('merging any %s', (kind, any) => {
  it.each<Winner>(['theirs', 'ours'])('loses no change without naming it (%s wins)', (winner) => {
    fc.assert(
      fc.property(threeSides(kind, any), (sides) => {
        const merged = mergeResource(kind, sides, winner);
        if (merged.value !== null) expect(isValid(kind, merged.value)).toBe(true);
        const named = merged.fields.filter(({ outcome }) => outcome === 'conflict').map(({ path }) => path);
        const changedBy = (side: Value | null) => differencesOf(sides.base, side).map(({ path }) => path);
        const goneOf = (side: Value | null) => differencesOf(side, merged.value).map(({ path }) => path);
        for (const side of [sides.ours, sides.theirs]) {
          const gone = goneOf(side);
          const lost = changedBy(side).filter((path) => gone.some((one) => covers(one, path)));
          for (const path of lost) {
            const isNamed = named.some((one) => covers(one, path));
            // An order gives way to items that were added or removed on the other side.
            expect(isNamed || path.endsWith(' (order)'), `${path} of ${JSON.stringify(sides)}`).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each<Winner>(['theirs', 'ours'])('merges to the same again (%s wins)', (winner) => {
    fc.assert(
      fc.property(threeSides(kind, any), (sides) => {
        const first = mergeResource(kind, sides, winner);
        const again = mergeResource(kind, { ...sides, base: first.said, ours: first.value }, winner);
        expect(again.value).toEqual(first.value);
        const conflicts = ({ fields }: MergedResource) =>
          fields.filter(({ outcome }) => outcome === 'conflict').map(({ path }) => path).sort(); // prettier-ignore
        expect(conflicts(again)).toEqual(winner === 'ours' ? conflicts(first) : []);
      }),
      { numRuns: 60 },
    );
  });
});
