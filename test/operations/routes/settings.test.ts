import { describe, expect, it } from 'vitest';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import type { Route } from '../../../src/domain/resources/route.js';
import { context, quiet } from '../../builders/answers.js';
import { route, stateWith } from '../../builders/log.js';

const domain = 'app.example.com';
const changed = (held: Partial<Route>, settings: object) => {
  const decision = updateRoute.decide(
    stateWith(route(domain, held)),
    updateRoute.input.parse({ domain, ...settings }),
    quiet,
    context,
  );
  return decision.kind === 'refuse' ? decision.refusal : (decision.changes[0]?.after ?? 'unchanged');
};

describe('headers of a route', () => {
  const held = { headers: { 'X-A': '1', 'X-B': '2' } };
  it.each([
    [{ headers: { 'X-C': '3' } }, { 'X-A': '1', 'X-B': '2', 'X-C': '3' }],
    [{ headers: { 'x-a': '3' } }, { 'x-a': '3', 'X-B': '2' }],
    [{ headers: {} }, {}],
    [{ addHeader: { 'X-B': '3', 'X-C': '4' } }, { 'X-A': '1', 'X-B': '3', 'X-C': '4' }],
    [{ removeHeader: ['x-a'] }, { 'X-B': '2' }],
    [{ headers: {}, addHeader: { 'X-C': '4' } }, { 'X-C': '4' }],
    [
      { removeHeader: ['X-A'], addHeader: { 'X-A': '5' } },
      { 'X-B': '2', 'X-A': '5' },
    ],
  ])('become, with %j, %j', (settings, headers) => expect(changed(held, settings)).toMatchObject({ headers }));

  it('keep their position when one is replaced', () => {
    const after = changed(held, { headers: { 'x-a': '3' } }) as Route;
    expect(Object.keys(after.headers)).toEqual(['x-a', 'X-B']);
  });

  it('are not removed when the route has none of the name', () => {
    expect(changed(held, { removeHeader: ['X-C'] })).toMatchObject({
      ...{ kind: 'missing', code: 'header-missing', message: `${domain} has no header X-C`, hint: 'Did you mean X-A?' },
    });
  });

  it('are given at the creation with either flag', () => {
    const input = createRoute.input.parse({ domain, upstream: 'x:1', headers: { A: '1' }, addHeader: { B: '2' } });
    expect(createRoute.decide(stateWith(), input, quiet, context)).toMatchObject({
      changes: [{ after: { headers: { A: '1', B: '2' } } }],
    });
  });
});

describe('middleware of a route', () => {
  const held = { middleware: ['ip-allow:10.0.0.0/8', 'ip-deny:10.0.0.1', 'compression'] };
  it.each([
    [{ addMiddleware: ['request-id'] }, ['ip-allow:10.0.0.0/8', 'ip-deny:10.0.0.1', 'request-id', 'compression']],
    [{ removeMiddleware: ['compression'] }, held.middleware.slice(0, 2)],
    [{ middleware: [], addMiddleware: ['compression:gzip'] }, ['compression:gzip']],
    [
      { removeMiddleware: ['ip-deny'], addMiddleware: ['ip-deny:10.0.0.2'] },
      [held.middleware[0], 'ip-deny:10.0.0.2', 'compression'],
    ],
    // A command that removes a kind and gives one of it replaces it, and does not leave the route without.
    [
      { removeMiddleware: ['ip-allow'], middleware: ['ip-allow:10.1.0.0/16'] },
      ['ip-allow:10.1.0.0/16', 'ip-deny:10.0.0.1', 'compression'],
    ],
  ])('becomes, with %j, %j', (settings, middleware) => {
    expect(changed(held, settings)).toMatchObject({ middleware });
  });

  it('is not removed when the route does not have it', () => {
    expect(changed(held, { removeMiddleware: ['rate-limit:5/s'] })).toMatchObject({
      ...{ kind: 'missing', code: 'middleware-missing', message: `${domain} has no middleware rate-limit:5/second` },
      hint: 'It has: ip-allow:10.0.0.0/8, ip-deny:10.0.0.1, compression',
    });
  });
});
