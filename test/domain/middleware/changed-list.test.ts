import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstUnmatched, withAdded, withoutSelected } from '../../../src/domain/middleware/changed-list.js';
import {
  middlewareKinds,
  middlewareList,
  middlewareOf,
  middlewareSelectors,
  routeMiddleware,
} from '../../../src/domain/middleware/list.js';

const set = (held: string[], ...given: string[]) =>
  withAdded(held, middlewareList.parse(given), { replacesKind: true });
const add = (held: string[], ...given: string[]) =>
  withAdded(held, middlewareList.parse(given), { replacesKind: false });

describe('a middleware that is set', () => {
  it.each([
    [[], ['compression', 'tell:X-A=client'], ['compression', 'tell:X-A=client']],
    [['rate-limit:100/minute'], ['transform:strip-prefix:/api'], ['rate-limit:100/minute', 'strip-prefix:/api']],
    [['strip-prefix:/api'], ['rate-limit:100/minute'], ['rate-limit:100/minute', 'strip-prefix:/api']],
    [
      ['ip-allow:10.0.0.0/8', 'basic-auth:team'],
      ['compression'],
      ['ip-allow:10.0.0.0/8', 'basic-auth:team', 'compression'],
    ],
    [['basic-auth:team', 'compression'], ['cors:*'], ['cors:*', 'basic-auth:team', 'compression']],
    [['ip-allow:10.0.0.0/8', 'basic-auth:team'], ['basic-auth:staff'], ['ip-allow:10.0.0.0/8', 'basic-auth:staff']],
    [['ip-allow:10.0.0.0/8'], ['ip-allow:10.1.0.0/16'], ['ip-allow:10.1.0.0/16']],
    [['ip-allow:10.0.0.0/8'], ['ip-deny:10.0.0.1'], ['ip-allow:10.0.0.0/8', 'ip-deny:10.0.0.1']],
    [['compression:gzip'], ['compression'], ['compression']],
    [['strip-prefix:/api'], ['strip-prefix:/v2'], ['strip-prefix:/v2']],
    [['strip-prefix:/api'], ['add-prefix:/v2'], ['strip-prefix:/api', 'add-prefix:/v2']],
    [['rewrite:/a:/b'], ['rewrite:/a:/c', 'rewrite:/d:/e'], ['rewrite:/a:/c', 'rewrite:/d:/e']],
    [['header:X-A=1', 'header:X-B=1'], ['header:x-a=2'], ['header:x-a=2', 'header:X-B=1']],
    [['header:X-A=1'], ['header:request:X-A=2'], ['header:X-A=1', 'header:request:X-A=2']],
    [['header:X-A=1'], ['header:-X-A'], ['header:-X-A']],
    [['tell:X-A=client'], ['tell:x-a=host', 'tell:X-B=host'], ['tell:x-a=host', 'tell:X-B=host']],
    [['rate-limit:5/second', 'rate-limit:100/minute'], ['rate-limit:50/minute'], ['rate-limit:50/minute']],
    [
      ['rate-limit:5/second'],
      ['rate-limit:9/hour', 'rate-limit:4/second'],
      ['rate-limit:9/hour', 'rate-limit:4/second'],
    ],
    [
      ['rate-limit:5/second:header=X-Key'],
      ['rate-limit:9/hour'],
      ['rate-limit:5/second:header=X-Key', 'rate-limit:9/hour'],
    ],
    [['rate-limit:5/second:header=ip'], ['rate-limit:9/hour'], ['rate-limit:5/second:header=ip', 'rate-limit:9/hour']],
    [['basic-auth:team', 'compression'], ['maintenance'], ['maintenance', 'basic-auth:team', 'compression']],
    [['redirect:302:https://a.example'], ['maintenance'], ['maintenance', 'redirect:302:https://a.example']],
    // A list in an order of its own keeps it.
    [['basic-auth:team', 'rate-limit:5/second'], ['rate-limit:6/second'], ['basic-auth:team', 'rate-limit:6/second']],
    [
      ['compression'],
      ['basic-auth:team', 'rate-limit:5/second'],
      ['basic-auth:team', 'rate-limit:5/second', 'compression'],
    ],
  ])('turns %j with %j into %j', (held, given, after) => expect(set(held, ...given)).toEqual(after));
});

describe('a middleware that is added', () => {
  it.each([
    [['rate-limit:5/second'], ['rate-limit:100/minute'], ['rate-limit:5/second', 'rate-limit:100/minute']],
    [['rate-limit:5/second'], ['rate-limit:6/second'], ['rate-limit:6/second']],
    [['strip-prefix:/a'], ['strip-prefix:/b'], ['strip-prefix:/a', 'strip-prefix:/b']],
    [['compression'], ['compression'], ['compression']],
  ])('turns %j with %j into %j', (held, given, after) => expect(add(held, ...given)).toEqual(after));
});

describe('removed middleware', () => {
  const held = [
    'rate-limit:100/minute',
    'rate-limit:5/second',
    'strip-prefix:/a',
    'header:X-A=1',
    'header:request:X-A=1',
  ];
  const removing = (...texts: string[]) => {
    const selectors = middlewareSelectors.parse(texts);
    return { left: withoutSelected(held, selectors), unmatched: firstUnmatched(held, selectors) };
  };
  it.each([
    ['rate-limit', held.slice(2)],
    ['Rate-Limit: 100/min', held.slice(1)],
    ['transform', [...held.slice(0, 2), ...held.slice(3)]],
    ['transform:strip-prefix', [...held.slice(0, 2), ...held.slice(3)]],
    ['transform:strip-prefix:/a', [...held.slice(0, 2), ...held.slice(3)]],
    ['header:x-a', [...held.slice(0, 3), ...held.slice(4)]],
    ['header:request:X-A', held.slice(0, 4)],
    ['header', held.slice(0, 3)],
  ])('is selected by %j', (text, left) => expect(removing(text)).toEqual({ left, unmatched: undefined }));

  it.each(['compression', 'rate-limit:6/second', 'header:X-B', 'strip-prefix:/'])('is not selected by %j', (text) =>
    expect(removing(text)).toEqual({ left: held, unmatched: text }),
  );

  it('is of a known kind', () => {
    const issues = middlewareSelectors.safeParse(['rate-limt']).error?.issues;
    expect(issues?.[0]?.message).toContain('did you mean rate-limit?');
  });
});

/** Middleware of every kind, several of each. */
const SOME = fc.constantFrom(
  ...['maintenance', 'maintenance:soon', 'redirect:302:https://a.example', 'redirect:302:/new', 'ip-allow:10.0.0.0/8'],
  ...[
    'ip-allow:10.0.0.1',
    'ip-deny:10.0.0.2',
    'rate-limit:5/second',
    'rate-limit:6/second',
    'rate-limit:7/hour:header=X-A',
  ],
  ...['max-body:1MB', 'max-body:2MB', 'request-id', 'cors:*', 'cors:https://a.example', 'basic-auth:a', 'basic-auth:b'],
  ...[
    'strip-prefix:/a',
    'strip-prefix:/b',
    'add-prefix:/a',
    'rewrite:/a:/b',
    'rewrite:/a:/c',
    'header:X-A=1',
    'header:-X-A',
  ],
  ...[
    'header:request:X-A=1',
    'header:beside:X-A=2',
    'tell:X-A=host',
    'tell:X-B=host',
    'compression',
    'compression:gzip',
  ],
);
const lists = (schema: typeof routeMiddleware) =>
  fc.uniqueArray(SOME, { maxLength: 6 }).filter((list) => schema.safeParse(list).success);

describe('a changed list', () => {
  it('is valid, has everything that was given in its order unless the usual order is needed, and loses only what was replaced', () => {
    fc.assert(
      fc.property(lists(routeMiddleware), lists(middlewareList), fc.boolean(), (held, given, replacesKind) => {
        const after = withAdded(held, given, { replacesKind });
        expect(routeMiddleware.safeParse(after).error).toBeUndefined();
        expect(after).toEqual(expect.arrayContaining(given));
        const kinds = new Set(middlewareOf(given).map(({ kind }) => kind.name));
        const others = middlewareOf(held).filter(({ kind }) => !kinds.has(kind.name));
        expect(after).toEqual(expect.arrayContaining(others.map(({ text }) => text)));
        expect(new Set(after).size).toBe(after.length);
        expect(withAdded(after, given, { replacesKind })).toEqual(after);
      }),
      { numRuns: 500 },
    );
  });

  it('has every kind in the usual order when it is built one by one', () => {
    const all = ['maintenance', 'redirect:302:/new', 'ip-allow:10.0.0.1', 'ip-deny:10.0.0.2', 'rate-limit:5/second']
      .concat(['max-body:1MB', 'request-id', 'cors:*', 'basic-auth:a', 'strip-prefix:/a', 'add-prefix:/a'])
      .concat(['rewrite:/a:/b', 'header:X-A=1', 'tell:X-A=host', 'compression']);
    expect(all).toHaveLength(middlewareKinds.length);
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (order) => {
        expect(order.reduce<string[]>((list, text) => set(list, text), [])).toEqual(all);
      }),
    );
  });
});
