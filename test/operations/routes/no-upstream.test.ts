import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/log/commit.js';
import { lint } from '../../../src/domain/lint/lint.js';
import { emptyState, fold, type State } from '../../../src/domain/log/state.js';
import { manifestOf, readManifest } from '../../../src/domain/manifests/manifest.js';
import type { Route } from '../../../src/domain/resources/route.js';
import { servedRoutes } from '../../../src/domain/serving/served-route.js';
import { routeHealthOf } from '../../../src/domain/serving/route-health.js';
import { startCanary } from '../../../src/operations/canaries/start-canary.js';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { context, quiet } from '../../builders/answers.js';
import { entries, route } from '../../builders/log.js';

const DOMAIN = 'old.example.com';
const REDIRECT = 'redirect:308:same:https://new.example.com';

const redirecting = route(DOMAIN, { upstream: null, middleware: [REDIRECT] });
const holding = (value: Route): State =>
  fold(emptyState, entries({ first: [changeOf('Route', value.domain, null, value)] }));
const create = (input: object) =>
  createRoute.decide(emptyState, createRoute.input.parse({ domain: DOMAIN, ...input }), quiet, context);
const update = (state: State, input: object) =>
  updateRoute.decide(state, updateRoute.input.parse({ domain: DOMAIN, ...input }), quiet, context);
const refusedWith = (words: string) => ({
  refusal: { kind: 'invalid', code: 'no-upstream', message: expect.stringContaining(words) as string },
});

describe('a route without an upstream', () => {
  it.each([[REDIRECT], ['redirect:301:https://new.example.com/'], ['maintenance'], ['maintenance:back at ten']])(
    'is created with %s',
    (text) => {
      expect(create({ middleware: [text] })).toMatchObject({
        changes: [{ after: { upstream: null, middleware: [text] } }],
        warnings: [],
      });
    },
  );

  it.each([[[]], [['compression']], [['redirect:/elsewhere']], [['ip-allow:10.0.0.0/8']]])(
    'is refused with the middleware %j, which lets requests through',
    (middleware) => {
      expect(() => create({ middleware })).toThrow('--upstream is missing: only a route whose middleware answers');
    },
  );

  it('takes none of the settings that need an upstream', () => {
    const middleware = [REDIRECT];
    expect(create({ middleware, healthCheckPath: '/health' })).toMatchObject(refusedWith('health check'));
    expect(create({ middleware, backupUpstream: 'b:1' })).toMatchObject(refusedWith('failover'));
    const canary = startCanary.input.parse({ domain: DOMAIN, canaryUpstream: 'c:1', canaryPercentage: 10 });
    expect(startCanary.decide(holding(redirecting), canary, quiet, context)).toMatchObject(
      refusedWith('nothing to compare'),
    );
  });

  it('needs one when its redirect is taken away', () => {
    const state = holding(redirecting);
    expect(update(state, { middleware: [] })).toMatchObject(refusedWith('old.example.com would have no upstream'));
    expect(update(state, { removeMiddleware: ['redirect'] })).toMatchObject(refusedWith('would have no upstream'));
    expect(update(state, { middleware: [], upstream: 'app:3000' })).toMatchObject({
      changes: [{ after: { upstream: 'app:3000', middleware: [] } }],
    });
  });

  it('comes from one that had an upstream, with none', () => {
    const plain = holding(route(DOMAIN));
    expect(update(plain, { upstream: 'none' })).toMatchObject(refusedWith('would have no upstream'));
    expect(update(plain, { upstream: 'none', middleware: [REDIRECT] })).toMatchObject({
      changes: [{ before: { upstream: 'localhost:3000' }, after: { upstream: null, middleware: [REDIRECT] } }],
    });
  });

  it('is a manifest without spec.upstream', () => {
    const manifest = manifestOf('Route', redirecting);
    expect(manifest.spec).toEqual({ domain: DOMAIN, middleware: [REDIRECT] });
    expect(readManifest(manifest)).toEqual({ kind: 'Route', name: DOMAIN, value: redirecting });
    expect(readManifest({ ...manifest, spec: { domain: DOMAIN, middleware: ['compression'] } })).toEqual([
      expect.objectContaining({
        code: 'HEC008',
        message: expect.stringContaining('spec.upstream is missing') as string,
      }),
    ]);
  });

  it('is healthy, and has no lints about an upstream', () => {
    const [served] = servedRoutes(holding(redirecting));
    if (!served) throw new Error('not served');
    const health = routeHealthOf(
      served,
      { visits: [], servers: [], certificates: [] },
      { now: context.now, changedAt: context.now },
    );
    expect(health).toMatchObject({ level: 'ok', details: [expect.stringContaining('it has no upstream')] });
    const closed = servedRoutes(holding({ ...redirecting, middleware: ['maintenance'] }))[0] ?? served;
    expect(
      routeHealthOf(
        closed,
        { visits: [], servers: [], certificates: [] },
        { now: context.now, changedAt: context.now },
      ),
    ).toMatchObject({ level: 'ok' });
    const findings = lint([{ kind: 'Route', name: DOMAIN, value: redirecting }]);
    expect(findings.map(({ rule }) => rule.code)).toEqual(['HEC304']);
  });
});
